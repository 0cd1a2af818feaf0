/** Tests as they come with a row or a sample: anything may be in that field. */
import * as z from "zod";
import type { CodeTests } from "../../core/code-tests.ts";

const shared = { language: z.enum(["python", "javascript"]), timeoutMs: z.number().positive().optional() };
const cases = z.array(z.object({ input: z.string(), output: z.string() })).min(1);
const before = z.string().optional();

const codeTests = z.discriminatedUnion("style", [
  z.object({ ...shared, style: z.literal("check"), entryPoint: z.string().min(1), test: z.string(), before }),
  z.object({ ...shared, style: z.literal("assert"), asserts: z.array(z.string()).min(1), before }),
  z.object({ ...shared, style: z.literal("stdio"), cases }),
  z.object({ ...shared, style: z.literal("function"), entryPoint: z.string().min(1), cases, before }),
]);

/** The tests, or in a sentence what is wrong with them. */
export function readCodeTests(value: unknown): CodeTests | string {
  const read = codeTests.safeParse(value);
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  const where = path.length === 0 ? "tests" : `tests.${path.join(".")}`;
  return `${where}: ${message}; { language, style: check | assert | stdio | function, ... } is expected`;
}
