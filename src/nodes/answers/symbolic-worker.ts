/**
 * The thread in which algebra is done (symbolic.ts starts and kills it). Loaded late: the library takes half a second
 * and most runs never need it. It says `different` only of two numbers that it could work out and that are apart.
 */
import { parentPort } from "node:worker_threads";
import { ComputeEngine } from "@cortex-js/compute-engine";
import { TEXT_CLOSE, TEXT_OPEN } from "./notation.ts";
import type { SymbolicReply, SymbolicRequest } from "./symbolic.ts";

const engine = new ComputeEngine();

function compare(gold: string, pred: string): "equal" | "different" | "unknown" {
  const [a, b] = [engine.parse(readable(gold)), engine.parse(readable(pred))];
  if (!a.isValid || !b.isValid) return "unknown";
  if (a.isSame(b) || a.simplify().isSame(b.simplify()) || a.isEqual(b) === true) return "equal";
  const [x, y] = [a.N(), b.N()].map((value) => (value.im === 0 ? value.re : Number.NaN));
  if (x === undefined || y === undefined || !Number.isFinite(x) || !Number.isFinite(y)) return "unknown";
  const distance = Math.abs(x - y) / Math.max(Math.abs(x), Math.abs(y), Number.MIN_VALUE);
  return distance < 1e-9 ? "equal" : distance > 1e-6 ? "different" : "unknown";
}

function readable(latex: string): string {
  return latex.replaceAll(TEXT_OPEN, "\\text{").replaceAll(TEXT_CLOSE, "}");
}

parentPort?.on("message", (request: SymbolicRequest) => {
  let answer: SymbolicReply["answer"] = "unknown";
  try {
    answer = compare(request.gold, request.pred);
  } catch {
    // What the library can't read it may throw at: that is no verdict, and "unknown" is already said.
    answer = "unknown";
  }
  parentPort?.postMessage({ id: request.id, answer });
});
parentPort?.postMessage({ id: 0, answer: "ready" });
