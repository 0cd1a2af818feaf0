/** Does a program pass its tests? It is run where it can do no harm, or not at all. */
export { findSandbox, type NoSandbox, type Sandbox } from "./cell.ts";
export { type CodeRunner, createCodeRunner, type Ran, type RunnerOptions } from "./runner.ts";
