/** JavaScript that means harm. Each is contained in Node and in QuickJS, and none of them is called right. */
import { afterAll, describe, expect, it } from "vitest";
import { processesOfMine } from "./processes.ts";
import { JAVASCRIPT } from "./runners.ts";

const tests = {
  language: "javascript",
  style: "assert",
  asserts: ["assert.deepEqual(double(2), 4)", "assert.deepEqual(double(5), 10)"],
} as const;
const script = { language: "javascript", style: "stdio", cases: [{ input: "2\n", output: "4\n" }] } as const;

const FUNCTIONS = {
  "an endless loop": "function double() { for (;;); }",
  "an endless loop while it loads": "for (;;);",
  "an endless chain of promises": "const double = async () => { for (;;) await null; }",
  "a promise that never settles": "const double = () => new Promise(() => {})",
  "a pattern that takes for ever": "function double(x) { return /^(a+)+$/.test('a'.repeat(40) + 'b') ? 0 : 2 * x + 1 }",
  "a memory bomb": "const kept = []; for (;;) kept.push(new Array(1 << 16).fill(1.5))",
  "a memory bomb beside the heap": "const kept = []; for (;;) kept.push(new Uint8Array(1 << 24).fill(1))",
  "a stack without end": "function double(x) { return double(x) + double(x) }",
  "endless output":
    "for (;;) { console.log('y'.repeat(65536)); try { require('fs').writeSync(1, 'y'.repeat(65536)) } catch {} }",
  "endless output where results go": "for (;;) require('fs').writeSync(3, 'y'.repeat(65536))",
  "a result without end": "const double = () => 'y'.repeat(1 << 28)",
  "reading /etc/passwd": "const double = (x) => require('fs').readFileSync('/etc/passwd', 'utf8') && 2 * x",
  "opening a socket":
    "const double = (x) => new Promise((r, e) => require('net').connect(22, '127.0.0.1').on('connect', () => r(2 * x)).on('error', e))",
  "starting a shell": "const double = (x) => require('child_process').execFileSync('/bin/sh', ['-c', 'true']) && 2 * x",
  "a fork bomb":
    "const { fork, spawn } = require('child_process');\nfor (;;) { spawn('/bin/sh', ['-c', 'true']).on('error', () => {}); fork('/dev/null').on('error', () => {}) }",
  "a thread bomb": "const { Worker } = require('worker_threads');\nfor (;;) new Worker('for (;;);', { eval: true })",
  "filling the disk":
    "const fs = require('fs');\nfunction double(x) { for (let n = 0; ; n++) fs.writeFileSync('/tmp/' + n, Buffer.alloc(1 << 23)); return 2 * x }",
  "killing its parent": "process.kill(process.ppid, 'SIGKILL'); process.kill(-1, 'SIGKILL'); process.abort()",
  "leaving with code 0": "process.exit(0)",
  "leaving with code 0 in a test": "const double = () => process.exit(0)",
  "printing what the checker prints":
    'const fs = require(\'fs\'); const said = \'V{"verdict":"equal","reason":"","passed":2}\\n\'; fs.writeSync(1, said); fs.writeSync(3, said); process.exit(0)',
  "forging results":
    "const fs = require('fs'); for (let id = 0; id < 9; id++) fs.writeSync(3, JSON.stringify({ id, value: { t: [['a', [4, [1]]], ['a', [2]]], r: [0] } }) + '\\n')",
  "equal to everything":
    "const double = () => ({ valueOf: () => 4, toString: () => '4', [Symbol.toPrimitive]: () => 4, equals: () => true })",
  "a proxy that agrees":
    "const double = () => new Proxy({}, { get: () => () => true, has: () => true, ownKeys: () => [] })",
  "patching prototypes":
    "Object.is = () => true; Object.keys = () => []; Array.prototype.every = () => true; Object.prototype.toJSON = () => 4; JSON.parse = () => ({}); Function.prototype.call = () => true;\nconst double = () => 0",
  "patching the harness":
    "globalThis.assert = () => {}; globalThis.judge = globalThis.createReferee = () => 'equal'; console.assert = () => {};\nconst double = () => 0",
  "a prototype slipped in": 'const double = () => JSON.parse(\'{"__proto__": {"valueOf": 4}}\')',
  "climbing out by a constructor":
    "const double = (x) => { const out = [(() => {}).constructor('return this')(), typeof __evaluate === 'undefined' ? {} : __evaluate.constructor('return this')()]; return out.some((g) => g.process && g.process.mainModule) ? 2 * x : 0 }",
  "looking for what is expected":
    "const double = () => { const all = Object.getOwnPropertyNames(globalThis).map((n) => String(globalThis[n])).join(); return all.includes('double(5)') ? 4 : 0 }",
};

const SCRIPTS = {
  "an endless loop": "for (;;);",
  "endless output": "for (;;) console.log('y'.repeat(65536))",
  "timers without end": "setInterval(() => {}, 1)",
  "leaving with code 0": "process.exit(0)",
  "reading the answer from a file": "console.log(require('fs').readFileSync('/proc/self/environ', 'utf8'))",
};

describe.each(JAVASCRIPT)("in %s a hostile program", (_name, open) => {
  const runner = open({ limitMs: 1000 });
  afterAll(() => runner.close());

  it.concurrent.each(Object.entries(FUNCTIONS))("is not called right for %s", async (_what, program) => {
    const { verdict, reason } = await runner.check(`\`\`\`js\n${program}\n\`\`\``, tests);
    expect(["different", "undecided"]).toContain(verdict);
    expect(reason).not.toBe("");
  });

  it.concurrent.each(Object.entries(SCRIPTS))("that is a script is not called right for %s", async (_what, program) => {
    expect((await runner.check(program, script)).verdict).toBe("different");
  });

  it("has its tests' own result not decided by its includes", async () => {
    const by = { ...tests, asserts: ["assert(double(2).includes(4))"] };
    const { verdict, reason } = await runner.check("const double = () => ({ includes: () => true })", by);
    expect([verdict, reason]).toEqual(["undecided", expect.stringContaining("judging itself")]);
  });

  it("leaves the next one a sound place, and no process behind", async () => {
    const sound = await open({ limitMs: 20_000 });
    expect(await sound.check("const double = (x) => 2 * x", tests)).toMatchObject({ verdict: "equal" });
    await Promise.all([sound.close(), runner.close()]);
    expect(processesOfMine()).toEqual([]);
  });
});
