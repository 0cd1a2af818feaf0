/**
 * The thread in which QuickJS judges one program at a time (quickjs.ts starts and kills it): an interpreter in WebAssembly,
 * which has no way out but the functions given to it here. Program and tests get one of their own each, with memory that the
 * other's can't touch, and talk in lines of JSON, as in cells (in-cells.ts).
 */
import { parentPort, workerData } from "node:worker_threads";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  RELEASE_SYNC,
} from "quickjs-emscripten";
import type { CodeCase, CodeTests } from "../../core/code-tests.ts";
import { messageOf } from "../../core/errors.ts";
import { type Came, failed, lacks, MOST_OUTPUT, verdictOf, wrongOutput } from "./came.ts";
import { asScript, PROGRAM, REFEREE } from "./javascript.ts";
import { sameOutput } from "./output.ts";
import { SHIMS } from "./quickjs-shims.ts";

export interface QuickJsJob {
  readonly texts: readonly string[];
  readonly tests: CodeTests;
  readonly limitMs: number;
}

const MOST_MEMORY = 256 * 1024 * 1024;
const MOST_STACK = 768 * 1024;
/** As the variant takes it: what builds the package knows no namespace of that name. */
type WasmModule = NonNullable<NonNullable<Parameters<typeof newVariant>[1]>["wasmModule"]>;
/** Node has it; the types of its library have no value of that name. */
const { compile } = (globalThis as unknown as { WebAssembly: { compile(wasm: Uint8Array): Promise<WasmModule> } })
  .WebAssembly;
const compiled = compile(workerData as Uint8Array);

class OutOfTime extends Error {}

/** An interpreter of its own, in memory of its own. */
async function open(deadline: number): Promise<QuickJSContext> {
  const variant = newVariant(RELEASE_SYNC, { wasmModule: await compiled });
  const runtime = (await newQuickJSWASMModuleFromVariant(variant)).newRuntime();
  runtime.setMemoryLimit(MOST_MEMORY);
  runtime.setMaxStackSize(MOST_STACK);
  runtime.setInterruptHandler(() => performance.now() > deadline);
  return runtime.newContext();
}

/** A global function of the host's, over texts. What it throws is thrown inside. */
function give(context: QuickJSContext, name: string, work: (...texts: string[]) => string | undefined): void {
  const made = context.newFunction(name, (...handles) => {
    const said = work(...handles.map((handle) => context.getString(handle)));
    return said === undefined ? context.undefined : context.newString(said);
  });
  context.setProp(context.global, name, made);
}

function evaluate(context: QuickJSContext, source: string, name = "host.js"): QuickJSHandle {
  return context.unwrapResult(context.evalCode(source, name));
}

interface Program {
  readonly context: QuickJSContext;
  /** Runs the next timer; false where there is none. Throws what it throws. */
  runTimer(): boolean;
  isExit(thrown: QuickJSHandle): boolean;
}

async function openProgram(deadline: number, input: string, print: (text: string) => void): Promise<Program> {
  const context = await open(deadline);
  give(context, "__print", (text) => void print(text!));
  give(context, "__input", () => input);
  const evaluating = context.newFunction("evaluate", (text) => {
    const result = context.evalCode(context.getString(text), "program.js");
    return result.error ? { error: result.error } : result.value;
  });
  context.setProp(context.global, "__evaluate", evaluating);
  const shims = evaluate(context, SHIMS);
  const [runTimer, isExit] = [context.getProp(shims, "runTimer"), context.getProp(shims, "isExit")];
  return {
    context,
    runTimer: () => context.dump(context.unwrapResult(context.callFunction(runTimer, context.undefined))) === true,
    isExit: (thrown) => context.dump(context.unwrapResult(context.callFunction(isExit, context.undefined, thrown))),
  };
}

/** Lets promises and timers run until this one is settled. */
function settle(context: QuickJSContext, promise: QuickJSHandle, deadline: number, runTimer: () => boolean): string {
  for (;;) {
    const state = context.getPromiseState(promise);
    if (state.type === "fulfilled") return context.getString(state.value);
    if (state.type === "rejected") throw new Error(describe(context, state.error));
    if (performance.now() > deadline) throw new OutOfTime();
    const ran = context.runtime.executePendingJobs(1000);
    if (ran.error) throw new Error(describe(context, ran.error));
    if (ran.value === 0 && !runTimer()) throw new Error("it waits for what never comes");
  }
}

function describe(context: QuickJSContext, thrown: QuickJSHandle): string {
  const error = context.dump(thrown) as { name?: unknown; message?: unknown } | string;
  return typeof error === "object" && error !== null ? `${error.name}: ${error.message}` : String(error);
}

async function judgeCalls({ texts, tests, limitMs }: QuickJsJob): Promise<Came> {
  const deadline = performance.now() + limitMs;
  const overTime = (passed: number) => failed(`it took longer than ${limitMs / 1000} s`, passed);
  const { context: program, runTimer } = await openProgram(deadline, "", () => undefined);
  const referee = await open(deadline);
  let passed = 0;
  let missing: string | undefined;
  try {
    let answer: QuickJSHandle | undefined;
    give(program, "__askBack", (line) =>
      referee.getString(
        referee.unwrapResult(referee.callFunction(answer!, referee.undefined, referee.newString(line!))),
      ),
    );
    const handle = evaluate(program, `(() => { ${PROGRAM}; return createProgram(__evaluate, __askBack) })()`);
    const tell = (line: string): string => {
      const result = program.callFunction(handle, program.undefined, program.newString(line));
      if (result.error) throw new Error(describe(program, result.error));
      const isText = program.typeof(result.value) === "string";
      const reply = isText ? program.getString(result.value) : settle(program, result.value, deadline, runTimer);
      if (reply.length > MOST_OUTPUT) throw new Error(`the program gave a result of more than ${MOST_OUTPUT >> 20} MB`);
      missing ??= (JSON.parse(reply) as Reply).error?.missing ?? undefined;
      return reply;
    };
    const readings = texts.flatMap((text) => [text, asScript(text)]);
    const { error } = JSON.parse(tell(JSON.stringify({ id: 0, op: "load", texts: readings }))) as Reply;
    if (performance.now() > deadline) return overTime(0);
    if (missing !== undefined) return lacks(missing, "QuickJS");
    if (error) {
      const reason = `the program can't be loaded: ${error.name}: ${error.text}`;
      return error.name === "SyntaxError" ? { came: "unreadable", reason } : failed(reason);
    }
    give(referee, "__ask", (count, line) => {
      passed = Number(count);
      return tell(line!);
    });
    const face = evaluate(
      referee,
      `(() => { ${REFEREE}; const referee = createReferee((count, line) => __ask(String(count), line), async () => {});
        return { judge: referee.judge, answer: (line) => referee.answerCallback(JSON.parse(line)) } })()`,
    );
    answer = referee.getProp(face, "answer");
    const judge = referee.getProp(face, "judge");
    const began = referee.callFunction(judge, referee.undefined, referee.newString(JSON.stringify(tests)));
    const verdict = settle(referee, referee.unwrapResult(began), deadline, () => false);
    if (performance.now() > deadline) return overTime(passed);
    return missing === undefined ? verdictOf(verdict) : lacks(missing, "QuickJS");
  } catch (thrown) {
    if (thrown instanceof OutOfTime || performance.now() > deadline) return overTime(passed);
    return failed(messageOf(thrown), passed);
  }
}

interface Reply {
  readonly error?: { readonly name: string; readonly text: string; readonly missing?: string | null };
}

async function judgeOutput(text: string, cases: readonly CodeCase[], limitMs: number): Promise<Came> {
  const each = cases.length === 1 ? limitMs : Math.max(limitMs / 2, 1000);
  for (const [passed, { input, output }] of cases.entries()) {
    const { printed, complaint } = await runScript(text, input, each);
    const missing = /Cannot find module '([^']+)'/.exec(complaint)?.[1];
    if (sameOutput(printed, output)) continue;
    if (missing !== undefined) return lacks(missing, "QuickJS");
    if (passed === 0 && printed === "" && complaint.startsWith("SyntaxError"))
      return { came: "unreadable", reason: complaint };
    return wrongOutput({ passed, of: cases.length, printed, output, complaint });
  }
  return { came: "passed", passed: cases.length };
}

async function runScript(text: string, input: string, limitMs: number) {
  const deadline = performance.now() + limitMs;
  const pieces: string[] = [];
  let size = 0;
  const print = (piece: string) => {
    size += piece.length;
    if (size > MOST_OUTPUT) throw new Error(`it printed more than ${MOST_OUTPUT >> 20} MB`);
    pieces.push(piece);
  };
  const { context, runTimer, isExit } = await openProgram(deadline, input, print);
  let complaint = "";
  try {
    const result = context.evalCode(readable(text), "program.js");
    if (result.error && !isExit(result.error)) complaint = describe(context, result.error);
    for (let goes = complaint === "" && !result.error; goes; ) {
      const ran = context.runtime.executePendingJobs(1000);
      if (ran.error) throw new Error(describe(context, ran.error));
      goes = ran.value > 0 || runTimer();
      if (performance.now() > deadline) throw new OutOfTime();
    }
  } catch (thrown) {
    complaint = messageOf(thrown);
  }
  if (performance.now() > deadline) complaint = `it took longer than ${limitMs / 1000} s`;
  return { printed: complaint.startsWith("it ") ? "" : pieces.join(""), complaint };
}

/** A module's import lines are read as require, where it is no script as it stands. */
function readable(text: string): string {
  return /^\s*(?:import|export)\b/m.test(text) ? asScript(text) : text;
}

parentPort?.on("message", ({ texts, tests, limitMs }: QuickJsJob) => {
  const judged =
    tests.style === "stdio" ? judgeOutput(texts[0]!, tests.cases, limitMs) : judgeCalls({ texts, tests, limitMs });
  judged
    .catch((thrown): Came => ({ came: "undecided", rule: "referee", reason: messageOf(thrown) }))
    .then((came) => parentPort?.postMessage(came));
});
