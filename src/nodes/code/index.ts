/** Does a program pass its tests? It is run where it can do no harm, or not at all. */
export { findSandbox, type NoSandbox, type Sandbox } from "./cell.ts";
export { readCodeTests } from "./read-tests.ts";
export { type CodeRunner, createCodeRunner } from "./runner.ts";
