/** The students that folders are made for: Qwen2.5, by size or by name, from 0.5B to 32B. */
import { MezzoError } from "../../core/errors.ts";

export interface Student {
  /** What a trainer loads: a name on the hub, or a folder. */
  readonly id: string;
  /** Billions of weights. */
  readonly billions: number;
  /** What it was made to read at once, in tokens. */
  readonly contextTokens: number;
  /** Qwen2.5-Math reads another system prompt than its siblings. */
  readonly isMath: boolean;
  /** A base model ends its turns with a token of its own, and has to learn the chat's. */
  readonly isBase: boolean;
}

export const STUDENT_SIZES = ["0.5B", "1.5B", "3B", "7B", "14B", "32B"] as const;

/** `asked` is a size or a name; without it, the student that the graph names. Throws a usage error for another family. */
export function resolveStudent(
  asked: string | undefined,
  planned: { readonly name: string; readonly size?: string },
): Student {
  const name = asked ?? planned.name;
  if (/^\d+(?:\.\d+)?b$/i.test(name)) {
    const size = STUDENT_SIZES.find((each) => each.toLowerCase() === name.toLowerCase());
    if (size === undefined) throw unknownStudent(name, asked);
    return describe(`Qwen/Qwen2.5-${size}-Instruct`, size);
  }
  const size = /qwen2\.5.*?(?<![\d.])(\d+(?:\.\d+)?b)(?![a-z\d])/i.exec(name)?.[1];
  if (size === undefined) throw unknownStudent(name, asked);
  // The family's own models are found under its name on the hub; any other is what whoever named it says.
  const isOwn = /^Qwen2\.5-(?:Math-|Coder-)?[\d.]+B(?:-Instruct)?$/.test(name);
  return describe(isOwn ? `Qwen/${name}` : name, size);
}

function describe(id: string, size: string): Student {
  const isMath = /-math-/i.test(id);
  return {
    id,
    billions: Number.parseFloat(size),
    contextTokens: isMath ? 4_096 : 32_768,
    isMath,
    isBase: /^Qwen\/Qwen2\.5-(?:Math-|Coder-)?[\d.]+B$/.test(id),
  };
}

function unknownStudent(name: string, asked: string | undefined): MezzoError {
  const where = asked === undefined ? `the graph's student is ${name}` : `--student ${name}`;
  return new MezzoError("unknown-student", `${where}: a Qwen2.5 model is expected`, {
    hint: `Give --student a size (${STUDENT_SIZES.join(", ")}) or a name with family and size, such as Qwen/Qwen2.5-7B-Instruct. For another family, \`mezzo export --format messages\` writes the rows alone.`,
    exitCode: 2,
  });
}
