import * as zh from "./chinese.ts";

/** Words of university mathematics: a small student may not have them, and where it has, plainer means are safer. */
const ADVANCED =
  /\b(?:eigen\w+|determinants?|jacobian|hessian|lagrang\w+|multipliers?|laplac\w+|fourier|residues?|manifold|homomorphism|isomorph\w+|bijection|cosets?|grundy|nim(?:ber)?s?|generating functions?|chinese remainder|totient|legendre|vieta\w*|cauchy\w*|jensen\w*|am-gm|taylor|maclaurin|hamiltonian|eigenstates?|born approximation|green's functions?|spherical harmonics?|bessel|variational|perturbation|asymptotic\w*|convolution|martingale|markov|recurrence relation|cross product|dot product|integrat\w+ by parts|partial derivatives?|gradients?|divergence|matrix|matrices|inclusion-exclusion|stars and bars|burnside\w*|modular inverse|complex plane|roots of unity|parametri[sz]\w+)\b/gi;

/** The advanced words of a sentence that its problem does not use itself, in small letters, each once. */
export function findAdvanced(sentence: string, problem: string): string[] {
  const known = problem.toLowerCase();
  const words = [...sentence.matchAll(ADVANCED), ...sentence.matchAll(zh.ADVANCED)].map(([word]) => word.toLowerCase());
  return [...new Set(words)].filter((word) => !known.includes(word));
}
