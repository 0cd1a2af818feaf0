/**
 * What runs in JavaScript: the program's side (PROGRAM) and that of its tests (REFEREE), each with WIRE before it. Plain
 * ECMAScript: Node in a cell (NODE_*, below) and QuickJS (quickjs-worker.ts) run the same, so that both judge alike.
 *
 * Values travel as in python.ts: a table of containers and a root, shared and circular ones kept. An object of the program's
 * own class, or one with functions in it, arrives as a handle whose members the tests can read and call. A function that a
 * test hands the program is called back: while a request is open, each side waits for the other's line in turn.
 *
 * Invariant: what a test compares is a plain value of the referee's own. Where a test would have the program's own `includes`
 * or `toString` decide, it is undecided.
 */
const WIRE = `
const MOST_PARTS = 1000000;
function pack(root, known, handleOf, special) {
  const table = [], seen = new Map(), waiting = [];
  const leaf = (node) => [table.push(node) - 1];
  const ref = (v) => {
    switch (typeof v) {
      case "string": case "boolean": return v;
      case "number": return Number.isFinite(v) && !Object.is(v, -0) ? v : leaf(["n", Object.is(v, -0) ? "-0" : String(v)]);
      case "undefined": return leaf(["u"]);
      case "bigint": return leaf(["b", String(v)]);
      case "symbol": return leaf(["y", String(v)]);
    }
    if (v === null) return null;
    let n = seen.get(v);
    if (n === undefined) {
      n = table.push(null) - 1;
      if (n > MOST_PARTS) throw new RangeError("a value of more than " + MOST_PARTS + " parts");
      seen.set(v, n);
      waiting.push([n, v]);
    }
    return [n];
  };
  const entries = (v) => Object.keys(v).map((key) => [key, ref(v[key])]);
  const list = (v) => {
    if (v.length > MOST_PARTS) throw new RangeError("a list of more than " + MOST_PARTS + " items");
    const items = [];
    for (let n = 0; n < v.length; n++) items.push(ref(v[n]));
    return items;
  };
  const tell = (v) => {
    const own = special && special(v);
    if (own) return own;
    if (typeof v === "function") return ["f"].concat(handleOf(v));
    if (Array.isArray(v)) return ["a", list(v)];
    if (v instanceof Map) return ["m", Array.from(v, (pair) => [ref(pair[0]), ref(pair[1])])];
    if (v instanceof Set) return ["s", Array.from(v, ref)];
    if (v instanceof Date) return ["D", v.getTime()];
    if (v instanceof RegExp) return ["R", v.source, v.flags];
    if (v instanceof Error) return ["e", String(v.name), String(v.message)];
    if (ArrayBuffer.isView(v) && typeof v.length === "number") return ["T", v.constructor.name, list(v)];
    const proto = Object.getPrototypeOf(v);
    const isPlain = proto === null || proto === Object.prototype;
    const name = isPlain ? "" : String((proto.constructor || {}).name);
    const hasMembers = Object.keys(v).some((key) => typeof v[key] === "function");
    if ((isPlain && !hasMembers) || known.has(name)) return ["o", name, entries(v)];
    const data = Object.keys(v).filter((key) => typeof v[key] !== "function");
    const walks = typeof v[Symbol.iterator] === "function";
    return ["h"].concat(handleOf(v), [name, data.map((key) => [key, ref(v[key])]), walks]);
  };
  const top = ref(root);
  for (let at = 0; at < waiting.length; at++) table[waiting[at][0]] = tell(waiting[at][1]);
  return { t: table, r: top };
}

function unpack(packed, make) {
  const table = packed.t, made = [];
  const views = { Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array };
  for (const node of table) {
    switch (node[0]) {
      case "n": made.push(Number(node[1])); break;
      case "u": made.push(undefined); break;
      case "b": made.push(BigInt(node[1])); break;
      case "y": made.push(Symbol(node[1])); break;
      case "a": made.push([]); break;
      case "m": made.push(new Map()); break;
      case "s": made.push(new Set()); break;
      case "D": made.push(new Date(node[1])); break;
      case "R": made.push(new RegExp(node[1], node[2])); break;
      case "e": { const thrown = new Error(node[2]); thrown.name = node[1]; made.push(thrown); break; }
      case "T": made.push(null); break;
      case "o": made.push(node[1] === "" ? {} : Object.create(make.prototypeOf(node[1]))); break;
      case "h": case "f": made.push(make.handle(node)); break;
      case "H": made.push(make.own(node[1])); break;
      case "N": made.push(make.named(node[1])); break;
      case "c": made.push(make.callback(node[1])); break;
      default: throw new TypeError("a value that can't be read");
    }
  }
  const child = (c) => (Array.isArray(c) ? made[c[0]] : c);
  table.forEach((node, n) => { if (node[0] === "T") made[n] = (views[node[1]] || Array).from(node[2].map(child)); });
  table.forEach((node, n) => {
    const into = made[n];
    switch (node[0]) {
      case "a": for (const item of node[1]) into.push(child(item)); break;
      case "m": for (const pair of node[1]) into.set(child(pair[0]), child(pair[1])); break;
      case "s": for (const item of node[1]) into.add(child(item)); break;
      case "o": for (const pair of node[2]) Object.defineProperty(into, pair[0], { value: child(pair[1]), writable: true, enumerable: true, configurable: true }); break;
      case "h": make.fill(into, node[3].map((pair) => [pair[0], child(pair[1])])); break;
    }
  });
  return child(packed.r);
}
function describe(thrown) {
  if (!(thrown instanceof Error)) return { name: "Error", text: "thrown: " + String(thrown).slice(0, 300) };
  const missing = /^(?:Cannot find (?:module|package) '([^']+)')/.exec(String(thrown.message));
  return { name: String(thrown.name), text: String(thrown.message).slice(0, 400), missing: missing ? missing[1] : null };
}
`;

/** Defines `handle(line)`: the reply to one request, or a promise of it. `askBack(line)` is the host's. */
export const PROGRAM = String.raw`${WIRE}
function createProgram(evaluate, askBack) {
  const handles = [], numbers = new Map(), callbacks = new Map(), found = new Map(), classes = new Set();
  const handleOf = (v) => {
    if (!numbers.has(v)) numbers.set(v, handles.push(v) - 1);
    return [numbers.get(v)];
  };
  let open = false;
  const make = {
    prototypeOf: (name) => { try { return evaluate(name).prototype; } catch { return Object.prototype; } },
    own: (n) => handles[n],
    named: (name) => targetOf({ name }),
    callback: (n) => {
      if (!callbacks.has(n)) callbacks.set(n, function () {
        if (!open) throw new Error("a test's function was called while no test was running");
        const reply = JSON.parse(askBack(JSON.stringify({ cb: n, args: pack(Array.from(arguments), classes, handleOf) })));
        if (reply.error) throw Object.assign(new Error(reply.error.text), { name: reply.error.name });
        return unpack(reply.value, make);
      });
      return callbacks.get(n);
    },
    handle: () => { throw new TypeError("a handle of the other side"); },
    fill: () => {},
  };
  const isPath = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$/;
  const member = (owner, name) => (typeof owner[name] === "function" ? owner[name].bind(owner) : owner[name]);
  const find = (name) => {
    const own = name.replace(/^(?:new\s+)?Solution\(\)\./, "");
    if (own === name && isPath.test(name)) {
      try {
        const at = name.lastIndexOf(".");
        return at < 0 ? evaluate(name) : member(evaluate(name.slice(0, at)), name.slice(at + 1));
      } catch (thrown) { if (!(thrown instanceof ReferenceError)) throw thrown; }
      const exported = globalThis.module && globalThis.module.exports;
      if (typeof exported === "function" && exported.name === name) return exported;
      if (exported && exported[name] !== undefined) return exported[name];
      if (globalThis.exports && globalThis.exports[name] !== undefined) return globalThis.exports[name];
    }
    if (isPath.test(own)) {
      let solution;
      try { solution = evaluate("Solution"); } catch { solution = undefined; }
      if (typeof solution === "function" && own in solution.prototype) { const made = new solution(); return made[own].bind(made); }
      throw new ReferenceError("there is no " + own + " in the program");
    }
    return evaluate(name);
  };
  const targetOf = (on) => {
    if ("handle" in on) return handles[on.handle];
    if (!found.has(on.name)) found.set(on.name, find(on.name));
    return found.get(on.name);
  };
  const load = (texts) => {
    let broken;
    for (const text of texts) {
      try { new Function(text); } catch (thrown) { broken = broken || thrown; continue; }
      evaluate(text);
      return undefined;
    }
    throw broken;
  };
  const act = (request) => {
    switch (request.op) {
      case "load": return load(request.texts);
      case "classes": for (const name of request.classes) classes.add(name); return undefined;
      case "get": return targetOf(request.on)[request.attribute];
    }
    const target = targetOf(request.on);
    const args = unpack(request.args, make);
    if (request.attribute === "@@iterator") return [target[Symbol.iterator](), args];
    if (request.attribute !== undefined) return [target[request.attribute](...args), args];
    return [request.isNew ? new target(...args) : target(...args), args];
  };
  const isPromise = (v) => v !== null && (typeof v === "object" || typeof v === "function") && typeof v.then === "function";
  const said = (id, value, later) => { open = false; return JSON.stringify({ id, later, value: pack(value, classes, handleOf) }); };
  const fault = (id, thrown, later) => { open = false; return JSON.stringify({ id, later, error: describe(thrown) }); };
  const tried = (id, later, work) => { try { return said(id, work(), later); } catch (thrown) { return fault(id, thrown, later); } };
  return function handle(line) {
    const request = JSON.parse(line);
    const id = request.id;
    open = true;
    try {
      const value = act(request);
      if (request.op === "call" && isPromise(value[0])) {
        return Promise.resolve(value[0]).then((kept) => tried(id, true, () => [kept, value[1]]), (thrown) => fault(id, thrown, true));
      }
      return said(id, value, false);
    } catch (thrown) { return fault(id, thrown, false); }
  };
}
`;

/** Defines `judge(spec)`, a promise of the verdict, and `answerCallback(line)`. `ask(passed, line)` is the host's. */
export const REFEREE = String.raw`${WIRE}
function createReferee(ask, sleep) {
  class Undecidable extends Error {}
  class AssertionError extends Error { constructor(text) { super(text); this.name = "AssertionError"; this.code = "ERR_ASSERTION"; } }
  class Failed extends AssertionError {}
  const count = { asserts: 0, calls: 0 };
  const last = { call: "" };
  const known = new Set(), classes = new Map(), standIns = new WeakMap(), callbacks = [], theirs = new WeakSet();
  const short = (value, most) => { const text = inspect(value, 0); return text.length > (most || 160) ? text.slice(0, (most || 160) - 3) + "..." : text; };
  function inspect(v, depth) {
    if (typeof v === "string") return JSON.stringify(v);
    if (typeof v === "bigint") return v + "n";
    if (v === null || typeof v !== "object") return typeof v === "function" ? "[function]" : Object.is(v, -0) ? "-0" : String(v);
    if (standIns.has(v)) return "<object of the program>";
    if (depth > 3) return "...";
    if (Array.isArray(v)) return "[" + v.slice(0, 40).map((item) => inspect(item, depth + 1)).join(", ") + "]";
    if (v instanceof Map) return "Map{" + Array.from(v).slice(0, 20).map((pair) => inspect(pair[0], depth + 1) + " => " + inspect(pair[1], depth + 1)).join(", ") + "}";
    if (v instanceof Set) return "Set{" + Array.from(v).slice(0, 20).map((item) => inspect(item, depth + 1)).join(", ") + "}";
    if (v instanceof Date || v instanceof RegExp || v instanceof Error) return String(v);
    return "{" + Object.keys(v).slice(0, 40).map((key) => key + ": " + inspect(v[key], depth + 1)).join(", ") + "}";
  }
  const noHandle = () => { throw new Undecidable("a test hands the program an object of a class that it does not have"); };
  // Stand-ins go back as what they stand for, functions of the tests as something to call back.
  const special = (v) => {
    const on = standIns.get(v);
    if (on) return "handle" in on ? ["H", on.handle] : ["N", on.name];
    return typeof v === "function" ? ["c", callbacks.push(v) - 1] : undefined;
  };
  const send = (root) => pack(root, known, noHandle, special);
  const JUDGES = new Set(["includes", "startsWith", "endsWith", "every", "some", "test", "has", "indexOf", "localeCompare", "match", "search", "toString", "valueOf", "toJSON", "hasOwnProperty", "isPrototypeOf"]);
  const make = {
    prototypeOf: (name) => { if (!classes.has(name)) throw new TypeError("an object of an unknown class"); return classes.get(name).prototype; },
    own: () => { throw new TypeError("a handle of this side"); },
    callback: () => { throw new TypeError("a callback of the other side"); },
    named: () => { throw new TypeError("a name of the other side"); },
    handle: (node) => standIn({ handle: node[1], walks: node[4] === true }, node[0] === "f" ? function () {} : {}),
    fill: (into, pairs) => { const target = targets.get(into); for (const pair of pairs) target[pair[0]] = pair[1]; },
  };
  const targets = new WeakMap();
  function request(message) {
    count.calls += 1;
    message.id = count.calls;
    let reply = JSON.parse(ask(count.asserts, JSON.stringify(message)));
    while (reply.cb !== undefined) reply = JSON.parse(ask(count.asserts, answerCallback(reply)));
    if (reply.id !== message.id) throw new Error("the program replied out of turn");
    if (reply.error) throw raised(reply.error, reply.later);
    return { value: unpack(reply.value, make), later: reply.later };
  }
  function answerCallback(reply) {
    try { return JSON.stringify({ value: send(callbacks[reply.cb].apply(undefined, unpack(reply.args, make))) }); }
    catch (thrown) { if (thrown instanceof Undecidable) throw thrown; return JSON.stringify({ error: describe(thrown) }); }
  }
  function raised(error, later) {
    const kinds = { TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError };
    const thrown = new (kinds[error.name] || Error)(String(error.text));
    if (!kinds[error.name]) Object.defineProperty(thrown, "name", { value: String(error.name), configurable: true });
    theirs.add(thrown);
    thrown.later = later === true;
    return thrown;
  }
  function call(on, args, more) {
    const name = on.name || more.attribute || "function";
    last.call = name + "(" + args.map((arg) => short(arg, 80)).join(", ") + ")";
    let answer;
    try { answer = request(Object.assign({ op: "call", on, args: send(args) }, more)); }
    catch (thrown) {
      if (theirs.has(thrown) && thrown.later) return Promise.reject(thrown);
      throw thrown;
    }
    let value = answer.value[0];
    answer.value[1].forEach((after, n) => { if (refill(args[n], after) && value === after) value = args[n]; });
    return answer.later ? Promise.resolve(value) : value;
  }
  function refill(old, after) {
    if (old === null || typeof old !== "object" || old === after || standIns.has(old)) return false;
    if (Array.isArray(old) && Array.isArray(after)) { old.length = 0; for (const item of after) old.push(item); return true; }
    if (old instanceof Map && after instanceof Map) { old.clear(); after.forEach((v, k) => old.set(k, v)); return true; }
    if (old instanceof Set && after instanceof Set) { old.clear(); after.forEach((v) => old.add(v)); return true; }
    const proto = Object.getPrototypeOf(old);
    if (proto !== Object.prototype && !known.has(String((proto && proto.constructor || {}).name))) return false;
    for (const key of Object.keys(old)) if (!(key in after)) delete old[key];
    Object.assign(old, after);
    return true;
  }
  function standIn(on, target, isMade) {
    const proxy = new Proxy(target, {
      apply: (_target, _self, args) => call(on, args, {}),
      construct: (_target, args) => { const made = call(on, args, { isNew: true }); const inner = standIns.get(made); return inner ? standIn(inner, {}, true) : made; },
      get: (_target, key) => {
        if (typeof key === "symbol") return key === Symbol.iterator && on.walks ? () => steps(on) : Reflect.get(target, key);
        if (key === "then" || key === "prototype" || key === "constructor") return Reflect.get(target, key);
        if (JUDGES.has(key) && !isMade) throw new Undecidable("a test has an object of the program's own decide by its " + key + ", which would be the program judging itself");
        const value = request({ op: "get", on, attribute: key }).value;
        return typeof value === "function" ? (...args) => call(on, args, { attribute: key }) : value;
      },
    });
    standIns.set(proxy, on);
    targets.set(proxy, target);
    return proxy;
  }
  function* steps(on) {
    const inner = call(on, [], { attribute: "@@iterator" });
    for (let step = inner.next(); !step.done; step = inner.next()) yield step.value;
  }

  // Comparing, as node:assert does it.
  function alike(a, b, strict, pairs) {
    if (Object.is(a, b)) return true;
    if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return strict ? false : a == b || (a !== a && b !== b);
    if (pairs.some((pair) => pair[0] === a && pair[1] === b)) return true;
    const deeper = pairs.concat([[a, b]]);
    const same = (x, y) => alike(x, y, strict, deeper);
    if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    if (a instanceof Date || b instanceof Date) return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
    if (a instanceof RegExp || b instanceof RegExp) return String(a) === String(b);
    if (a instanceof Map || b instanceof Map) {
      if (!(a instanceof Map && b instanceof Map) || a.size !== b.size) return false;
      return Array.from(a).every(([k, v]) => b.has(k) ? same(v, b.get(k)) : Array.from(b).some(([j, w]) => same(k, j) && same(v, w)));
    }
    if (a instanceof Set || b instanceof Set) {
      if (!(a instanceof Set && b instanceof Set) || a.size !== b.size) return false;
      return Array.from(a).every((v) => b.has(v) || Array.from(b).some((w) => same(v, w)));
    }
    if ((a instanceof Error || b instanceof Error) && !(a.name === b.name && a.message === b.message)) return false;
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.prototype.hasOwnProperty.call(b, key) && same(a[key], b[key]));
  }
  const pass = (holds, text) => { if (!holds) throw new Failed(text); count.asserts += 1; };
  const told = (name, a, b) => name + ": it came to " + short(a) + ", expected " + short(b);
  const ok = (value, text) => pass(value, "assert" + (typeof text === "string" ? " (" + text.slice(0, 120) + ")" : ": it came to " + short(value)));
  const matches = (thrown, wanted) =>
    wanted === undefined || typeof wanted === "string" ||
    (wanted instanceof RegExp ? wanted.test(String(thrown)) || wanted.test(thrown && thrown.message)
    : typeof wanted === "function" ? (wanted.prototype instanceof Error || wanted === Error ? thrown instanceof wanted || (thrown && thrown.name === wanted.name) : wanted(thrown) === true)
    : Object.keys(wanted).every((key) => wanted[key] instanceof RegExp ? wanted[key].test(thrown[key]) : alike(thrown[key], wanted[key], true, [])));
  const caught = (work) => { try { work(); } catch (thrown) { if (thrown instanceof Undecidable) throw thrown; return { thrown }; } return undefined; };
  const caughtLater = async (work) => { try { await (typeof work === "function" ? work() : work); } catch (thrown) { if (thrown instanceof Undecidable) throw thrown; return { thrown }; } return undefined; };
  const compares = (strict) => Object.assign((value, text) => ok(value, text), {
    ok, AssertionError,
    equal: (a, b) => pass(strict ? Object.is(a, b) : a == b || (a !== a && b !== b), told("equal", a, b)),
    notEqual: (a, b) => pass(strict ? !Object.is(a, b) : a != b, told("notEqual", a, b)),
    strictEqual: (a, b) => pass(Object.is(a, b), told("strictEqual", a, b)),
    notStrictEqual: (a, b) => pass(!Object.is(a, b), told("notStrictEqual", a, b)),
    deepEqual: (a, b) => pass(alike(a, b, strict, []), told("deepEqual", a, b)),
    deepStrictEqual: (a, b) => pass(alike(a, b, true, []), told("deepStrictEqual", a, b)),
    notDeepEqual: (a, b) => pass(!alike(a, b, strict, []), told("notDeepEqual", a, b)),
    notDeepStrictEqual: (a, b) => pass(!alike(a, b, true, []), told("notDeepStrictEqual", a, b)),
    fail: (text) => { throw new Failed("fail" + (typeof text === "string" ? ": " + text : "")); },
    match: (text, pattern) => pass(pattern.test(text), told("match", text, pattern)),
    doesNotMatch: (text, pattern) => pass(!pattern.test(text), told("doesNotMatch", text, pattern)),
    throws: (work, wanted) => { const was = caught(work); pass(was && matches(was.thrown, wanted), was ? told("throws", was.thrown, wanted) : "throws: " + (last.call || "it") + " threw nothing"); },
    doesNotThrow: (work) => { const was = caught(work); pass(!was, was ? "doesNotThrow: it threw " + short(was.thrown) : ""); },
    rejects: async (work, wanted) => { const was = await caughtLater(work); pass(was && matches(was.thrown, wanted), was ? told("rejects", was.thrown, wanted) : "rejects: nothing was thrown"); },
    doesNotReject: async (work) => { const was = await caughtLater(work); pass(!was, was ? "doesNotReject: it threw " + short(was.thrown) : ""); },
  });
  const assert = compares(false), strictAssert = compares(true);
  assert.strict = strictAssert; strictAssert.strict = strictAssert;
  function expect(value) {
    const build = (wants) => {
      const say = (holds, name, b) => pass(wants === Boolean(holds), told((wants ? "" : "not ") + name, value, b));
      return {
        toBe: (b) => say(Object.is(value, b), "toBe", b),
        toEqual: (b) => say(alike(value, b, false, []), "toEqual", b), toStrictEqual: (b) => say(alike(value, b, true, []), "toStrictEqual", b),
        toBeCloseTo: (b, digits) => say(Math.abs(value - b) < Math.pow(10, -(digits === undefined ? 2 : digits)) / 2, "toBeCloseTo", b),
        toBeNull: () => say(value === null, "toBeNull"), toBeUndefined: () => say(value === undefined, "toBeUndefined"), toBeDefined: () => say(value !== undefined, "toBeDefined"),
        toBeNaN: () => say(value !== value, "toBeNaN"), toBeTruthy: () => say(value, "toBeTruthy"), toBeFalsy: () => say(!value, "toBeFalsy"),
        toBeGreaterThan: (b) => say(value > b, "toBeGreaterThan", b), toBeGreaterThanOrEqual: (b) => say(value >= b, "toBeGreaterThanOrEqual", b),
        toBeLessThan: (b) => say(value < b, "toBeLessThan", b), toBeLessThanOrEqual: (b) => say(value <= b, "toBeLessThanOrEqual", b),
        toContain: (b) => say(value.includes(b), "toContain", b), toContainEqual: (b) => say(value.some((item) => alike(item, b, false, [])), "toContainEqual", b),
        toHaveLength: (b) => say(value.length === b, "toHaveLength", b), toMatch: (b) => say(typeof b === "string" ? value.includes(b) : b.test(value), "toMatch", b),
        toBeInstanceOf: (b) => say(value instanceof b, "toBeInstanceOf", b && b.name),
        toThrow: (b) => { const was = caught(value); say(was && (typeof b === "string" ? String(was.thrown.message).includes(b) : matches(was.thrown, b)), "toThrow", b); },
      };
    };
    return Object.assign(build(true), { not: build(false) });
  }
  const util = { isDeepStrictEqual: (a, b) => alike(a, b, true, []), inspect: (v) => short(v, 1000) };
  const modules = { assert, "assert/strict": strictAssert, util };
  const require = (name) => {
    const own = String(name).replace(/^node:/, "");
    if (modules[own]) return modules[own];
    // A test file that takes the program's functions from the program's file.
    if (/^\.{1,2}\//.test(own)) return new Proxy({}, { get: (_target, key) => scope[key] });
    throw new Undecidable("the tests need the module " + name + ", which is not there");
  };
  const logged = () => {};
  const console = { log: logged, error: logged, warn: logged, info: logged, debug: logged, table: logged, time: logged, timeEnd: logged, assert: (value, text) => ok(value, text) };
  const later = [];
  const test = (_name, work) => { later.push(work); };
  const describeTests = (_name, work) => work();
  const setTimeout = (work, ms, ...args) => { sleep(ms || 0).then(() => work(...args)); return 0; };
  const helpers = { assert, expect, require, console, test, it: test, describe: describeTests, setTimeout, clearTimeout: logged, module: { exports: {} }, exports: {}, util, performance: { now: () => Date.now() }, process: { argv: [], env: {}, exit: logged, nextTick: (work, ...args) => Promise.resolve().then(() => work(...args)) }, window: undefined, document: undefined, define: undefined };
  const forced = new Set();
  const absent = new Set(["check"]);
  const held = new Map();
  const scope = new Proxy(helpers, {
    has: (_target, key) => typeof key === "string" && !absent.has(key) && (forced.has(key) || Object.prototype.hasOwnProperty.call(helpers, key) || !(key in globalThis)),
    get: (_target, key) => {
      if (typeof key === "symbol") return undefined;
      if (!forced.has(key) && Object.prototype.hasOwnProperty.call(helpers, key)) return helpers[key];
      if (!held.has(key)) held.set(key, standIn({ name: key }, function () {}));
      return held.get(key);
    },
    set: (_target, key, value) => { held.set(key, value); return true; },
  });
  const AsyncFunction = (async () => {}).constructor;
  const compile = (body) => {
    try { return new AsyncFunction("__scope", "with (__scope) {\n" + body + "\n}"); }
    catch (thrown) { throw new Undecidable("the tests can't be read: " + thrown.message); }
  };
  async function run(spec) {
    if (spec.before && spec.style !== "function") {
      for (const found of spec.before.matchAll(/^\s*class\s+([A-Za-z_$][\w$]*)|^\s*function\s+([A-Z][\w$]*)/gm)) {
        const name = found[1] || found[2];
        try { classes.set(name, new Function(spec.before + "\n;return " + name)()); known.add(name); helpers[name] = classes.get(name); } catch { /* A beginning that a program goes on from is no code by itself. */ }
      }
      if (known.size > 0) { request({ op: "classes", classes: Array.from(known) }); count.calls -= 1; }
    }
    if (spec.style === "function") {
      const candidate = standIn({ name: spec.entryPoint }, function () {});
      for (const [n, each] of spec.cases.entries()) {
        let args, wanted;
        try { args = each.input.split("\n").filter((line) => line.trim() !== "").map((line) => JSON.parse(line)); wanted = JSON.parse(each.output); }
        catch { throw new Undecidable("case " + (n + 1) + " holds no JSON"); }
        const got = await candidate(...args);
        pass(alike(got === undefined ? null : got, wanted, false, []), "case " + (n + 1) + " of " + last.call + ": it came to " + short(got) + ", expected " + short(wanted));
      }
      return;
    }
    if (spec.style === "check") {
      if (/^[\w$]+$/.test(spec.entryPoint)) forced.add(spec.entryPoint);
      const check = await compile(spec.test + "\n;return typeof check === 'function' ? check : undefined")(scope);
      if (typeof check !== "function") throw new Undecidable("the tests define no check(candidate)");
      await check(/^[\w$]+$/.test(spec.entryPoint) ? scope[spec.entryPoint] : standIn({ name: spec.entryPoint }, function () {}));
    } else {
      const texts = spec.asserts.map((text) => (/\b(?:assert|expect)\b/.test(text) ? text : "assert(" + text.trim().replace(/;$/, "") + ");"));
      await compile(texts.join("\n"))(scope);
    }
    for (const work of later) await work();
  }
  async function judge(line) {
    const spec = JSON.parse(line);
    const end = (verdict, reason) => JSON.stringify({ verdict, reason, passed: count.asserts });
    try { await run(spec); }
    catch (thrown) {
      if (thrown instanceof Undecidable) return end("undecided", thrown.message);
      const at = "test " + (count.asserts + 1) + ", ";
      if (thrown instanceof Failed) return end("different", spec.style === "function" ? thrown.message : at + (last.call ? last.call + ": " : "") + thrown.message);
      const what = thrown instanceof Error ? thrown.name + ": " + thrown.message.slice(0, 300) : String(thrown).slice(0, 300);
      if (thrown !== null && typeof thrown === "object" && theirs.has(thrown)) return end("different", at + (last.call || "the program") + " raised " + what);
      if (count.calls === 0 || thrown instanceof SyntaxError || thrown instanceof ReferenceError) return end("undecided", "the tests themselves failed: " + what);
      return end("different", at.slice(0, -2) + " could not take what " + last.call + " gave: " + what);
    }
    if (count.calls === 0) return end("undecided", "the tests never call the program");
    if (count.asserts === 0) return end("undecided", "the tests assert nothing");
    return end("equal", "");
  }
  return { judge, answerCallback };
}
`;

/** Lines in and out, one at a time, on a descriptor: a request is answered before anything else can happen. */
const LINES = String.raw`
const fs = require("node:fs");
function lineReader(fd) {
  let held = Buffer.alloc(0);
  const piece = Buffer.alloc(65536);
  return () => {
    const parts = [];
    for (;;) {
      const at = held.indexOf(10);
      if (at >= 0) { parts.push(held.subarray(0, at)); held = Buffer.from(held.subarray(at + 1)); return Buffer.concat(parts).toString("utf8"); }
      if (held.length > 0) parts.push(held);
      const size = fs.readSync(fd, piece, 0, piece.length, null);
      if (size === 0) return undefined;
      held = Buffer.from(piece.subarray(0, size));
    }
  };
}
function write(fd, line) {
  const bytes = Buffer.from(line + "\n");
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at);
}
`;

/** A module as a script: its import lines are read as require, its exports as what they export. */
export function asScript(text: string): string {
  return text
    .replace(/^\s*import\s+\*\s+as\s+(\w+)\s+from\s*(["'][^"']+["']);?/gm, "const $1 = require($2);")
    .replace(/^\s*import\s+(\w+)\s*,?\s*(?:\{[^}]*\}\s*)?from\s*(["'][^"']+["']);?/gm, "const $1 = require($2);")
    .replace(
      /^\s*import\s*\{([^}]*)\}\s*from\s*(["'][^"']+["']);?/gm,
      (_whole, names: string, from: string) => `const {${names.replace(/\s+as\s+/g, ": ")}} = require(${from});`,
    )
    .replace(/^\s*export\s+default\s+(?=function|class|async)/gm, "")
    .replace(/^\s*export\s+default\s+/gm, "module.exports = ")
    .replace(/^\s*export\s+(?=const|let|var|function|class|async)/gm, "")
    .replace(/^\s*export\s*\{[^}]*\};?/gm, "");
}

/** A program as people write it for Node: CommonJS names are there, and the import lines of a module are read as require. */
const AS_SCRIPT = `
const vm = require("node:vm");
const asModule = () => {
  globalThis.require = require;
  globalThis.module = { exports: {} };
  globalThis.exports = globalThis.module.exports;
};
asModule();
const read = fs.readFileSync;
fs.readFileSync = (path, ...more) => read(path === "/dev/stdin" ? 0 : path, ...more);
const evaluate = (text) => vm.runInThisContext(text, { filename: "program.js" });
const asScript = ${asScript.toString()};
`;

export const NODE_PROGRAM = `(() => {${LINES}${AS_SCRIPT}${PROGRAM}
(async () => {
  const next = lineReader(0);
  const handle = createProgram(evaluate, (line) => { write(3, line); return next(); });
  // Once its own source has run, Node puts its built-in modules in the place of globals: \`module\` among them.
  await new Promise((resolve) => setImmediate(resolve));
  asModule();
  for (const name of ["log", "error", "warn", "info", "debug"]) console[name] = () => {};
  for (let line = next(); line !== undefined; line = next()) {
    const request = JSON.parse(line);
    if (request.op === "load") request.texts = request.texts.flatMap((text) => [text, asScript(text)]);
    write(3, await handle(JSON.stringify(request)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.exit(0);
})();
process.on("unhandledRejection", () => {});
})()`;

/** One check, one realm: what tests leave behind does not reach the next ones. */
export const NODE_REFEREE = `${LINES}
const vm = require("node:vm");
const SOURCE = ${JSON.stringify(REFEREE)} + "\\n;createReferee(ask, sleep)";
(async () => {
  const next = lineReader(0);
  for (let line = next(); line !== undefined; line = next()) {
    const ask = (passed, request) => { write(1, "C" + passed + " " + request); return next(); };
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const referee = vm.runInContext(SOURCE, vm.createContext({ ask, sleep }));
    write(1, "V" + (await referee.judge(line)));
  }
  process.exit(0);
})();
process.on("unhandledRejection", () => {});
`;

/** A whole program, come over descriptor 3, run as a script: standard input and output are its own. */
export const NODE_SCRIPT = `(() => {${LINES}${AS_SCRIPT}
const text = read(3, "utf8");
let first = text;
try { new Function(text); } catch { first = asScript(text); }
process.argv = ["node", "program.js"];
evaluate(first);
})()`;
