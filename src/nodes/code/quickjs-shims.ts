/**
 * What a JavaScript program expects beside the language, where there is no Node: a console, timers on a clock that jumps
 * to the next of them, standard input in the ways that contest programs read it. Nothing here reaches out of the sandbox;
 * `__print` and `__input` are the host's.
 */
export const SHIMS = String.raw`
(() => {
  const timers = [];
  let now = 0, serial = 0;
  const add = (work, ms, every, args) => {
    const timer = { id: ++serial, at: now + Math.max(1, Number(ms) || 0), every, work: () => work(...args) };
    timers.push(timer);
    return timer.id;
  };
  const drop = (id) => { const at = timers.findIndex((timer) => timer.id === id); if (at >= 0) timers.splice(at, 1); };
  globalThis.setTimeout = (work, ms, ...args) => add(work, ms, 0, args);
  globalThis.setImmediate = (work, ...args) => add(work, 0, 0, args);
  globalThis.setInterval = (work, ms, ...args) => add(work, ms, Math.max(1, Number(ms) || 0), args);
  globalThis.clearTimeout = globalThis.clearInterval = globalThis.clearImmediate = drop;
  globalThis.queueMicrotask = (work) => { Promise.resolve().then(work); };
  const runTimer = () => {
    if (timers.length === 0) return false;
    timers.sort((a, b) => a.at - b.at || a.id - b.id);
    const timer = timers[0];
    now = timer.at;
    if (timer.every > 0) { timer.at += timer.every; } else timers.shift();
    timer.work();
    return true;
  };
  const show = (v, depth) => {
    if (typeof v === "string") return depth === 0 ? v : "'" + v + "'";
    if (typeof v === "bigint") return v + "n";
    if (v === null || typeof v !== "object") return typeof v === "function" ? "[Function: " + v.name + "]" : Object.is(v, -0) ? "-0" : String(v);
    if (depth > 3) return Array.isArray(v) ? "[Array]" : "[Object]";
    if (v instanceof Error) return v.name + ": " + v.message;
    const inner = (x) => show(x, depth + 1);
    if (Array.isArray(v)) return v.length === 0 ? "[]" : "[ " + v.map(inner).join(", ") + " ]";
    if (v instanceof Map) return "Map(" + v.size + ") {" + Array.from(v, (pair) => " " + inner(pair[0]) + " => " + inner(pair[1])).join(",") + (v.size ? " }" : "}");
    if (v instanceof Set) return "Set(" + v.size + ") {" + Array.from(v, (item) => " " + inner(item)).join(",") + (v.size ? " }" : "}");
    const keys = Object.keys(v);
    return keys.length === 0 ? "{}" : "{ " + keys.map((key) => key + ": " + inner(v[key])).join(", ") + " }";
  };
  const format = (values) => {
    let rest = values;
    let text = "";
    if (typeof values[0] === "string" && /%[sdifjoO%]/.test(values[0])) {
      rest = values.slice(1);
      text = values[0].replace(/%([sdifjoO%])/g, (whole, sign) => {
        if (sign === "%") return "%";
        if (rest.length === 0) return whole;
        const value = rest.shift();
        return sign === "s" ? show(value, 0) : sign === "j" ? JSON.stringify(value) : sign === "d" ? String(Number(value)) : sign === "i" ? String(parseInt(value, 10)) : sign === "f" ? String(parseFloat(value)) : show(value, 1);
      });
      return [text].concat(rest.map((value) => show(value, 0))).join(" ");
    }
    return values.map((value) => show(value, 0)).join(" ");
  };
  const log = (...values) => { __print(format(values) + "\n"); };
  const quiet = () => {};
  globalThis.console = { log, info: log, debug: log, error: quiet, warn: quiet, trace: quiet, table: log, time: quiet, timeEnd: quiet, assert: quiet, group: quiet, groupEnd: quiet };
  globalThis.performance = { now: () => Date.now() };
  class Exit extends Error {}
  const listeners = {};
  const emit = (name, ...args) => { for (const work of listeners[name] || []) work(...args); };
  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    setImmediate(() => { const text = __input(); if (text !== "") emit("data", text); emit("readable"); emit("end"); emit("close"); });
  };
  let unread = true;
  const stdin = {
    fd: 0, isTTY: false, setEncoding: () => stdin, resume: () => { begin(); return stdin; }, pause: () => stdin,
    on: (name, work) => { (listeners[name] = listeners[name] || []).push(work); begin(); return stdin; },
    read: () => { if (!unread) return null; unread = false; return __input(); },
    [Symbol.asyncIterator]: async function* () { yield __input(); },
  };
  stdin.once = stdin.addListener = stdin.on;
  const linesOf = () => { const text = __input(); return text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/); };
  const createInterface = () => {
    const heard = {}, lines = linesOf(), asked = [];
    let closed = false, started = false;
    const tell = (name, ...args) => { for (const work of heard[name] || []) work(...args); };
    const start = () => {
      if (started) return;
      started = true;
      setImmediate(() => {
        while (lines.length > 0 && !closed) { const line = lines.shift(); if (asked.length > 0) asked.shift()(line); else tell("line", line); }
        if (!closed) { closed = true; tell("close"); }
      });
    };
    const face = {
      on: (name, work) => { (heard[name] = heard[name] || []).push(work); start(); return face; },
      question: (text, options, work) => { __print(String(text)); const next = work || options; if (lines.length > 0) { const line = lines.shift(); setImmediate(() => next(line)); } },
      close: () => { if (!closed) { closed = true; tell("close"); } },
      setPrompt: quiet, prompt: quiet, removeAllListeners: () => face,
      [Symbol.asyncIterator]: async function* () { while (lines.length > 0) yield lines.shift(); },
    };
    face.once = face.addListener = face.on;
    return face;
  };
  const process = {
    argv: ["node", "program.js"], env: {}, platform: "linux", stdin, exitCode: 0,
    stdout: { write: (text) => { __print(String(text)); return true; }, isTTY: false }, stderr: { write: () => true },
    exit: () => { throw new Exit("exit"); }, nextTick: (work, ...args) => { Promise.resolve().then(() => work(...args)); },
    hrtime: Object.assign(() => [0, 0], { bigint: () => 0n }), memoryUsage: () => ({ heapUsed: 0 }), on: () => process, uptime: () => 0,
  };
  globalThis.process = process;
  const fs = {
    readFileSync: (path) => { if (path === 0 || path === "/dev/stdin" || path === stdin) return __input(); throw new Error("ENOENT: no such file or directory, open '" + path + "'"); },
    writeSync: (fd, text) => { if (fd === 1) __print(String(text)); return String(text).length; },
    writeFileSync: (path, text) => { if (path === 1 || path === "/dev/stdout") __print(String(text)); else throw new Error("EROFS: read-only file system, open '" + path + "'"); },
    existsSync: () => false,
  };
  const modules = { fs, readline: { createInterface }, "readline/promises": { createInterface: () => { const face = createInterface(); return Object.assign({}, face, { question: (text) => new Promise((resolve) => face.question(text, resolve)) }); } }, process, util: { inspect: (v) => show(v, 1), format: (...values) => format(values) }, os: { EOL: "\n" }, perf_hooks: { performance: globalThis.performance } };
  globalThis.require = (name) => {
    const own = String(name).replace(/^node:/, "");
    if (Object.prototype.hasOwnProperty.call(modules, own)) return modules[own];
    throw new Error("Cannot find module '" + name + "'");
  };
  globalThis.module = { exports: {} };
  globalThis.exports = globalThis.module.exports;
  globalThis.global = globalThis;
  return { runTimer, isExit: (thrown) => thrown instanceof Exit };
})()
`;
