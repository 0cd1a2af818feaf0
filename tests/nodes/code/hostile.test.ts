/** Programs that mean harm. Each is contained, and none of them is called right. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { afterAll, describe, expect, it } from "vitest";
import { createCodeRunner } from "../../../src/nodes/code/index.ts";
import { hasSandbox } from "./has-sandbox.ts";
import { cellsNow, processesOfMine } from "./processes.ts";

const runner = createCodeRunner({ limitMs: 1500 });
afterAll(() => runner.close());
const tests = {
  language: "python",
  style: "assert",
  asserts: ["assert double(2) == 4", "assert double(5) == 10"],
} as const;
const script = { language: "python", style: "stdio", cases: [{ input: "2\n", output: "4\n" }] } as const;

const FUNCTIONS = {
  "an endless loop": "def double(x):\n    while True: pass",
  "an endless loop while it loads": "while True: pass",
  "a fork bomb": "import os\nwhile True:\n    os.fork()",
  "a fork bomb that swallows errors":
    "import os\ndef double(x):\n    while True:\n        try: os.fork()\n        except OSError: pass",
  "a fork bomb of the system's own":
    "import ctypes\nlibc = ctypes.CDLL(None)\nwhile True:\n    libc.fork(); libc.vfork(); libc.syscall(57); libc.syscall(58); libc.syscall(435)",
  "a memory bomb in a file": "with open('/tmp/x', 'wb') as f:\n    while True: f.write(b'y' * (1 << 24))",
  "a memory bomb in one number": "x = 1 << (1 << 40)\ndef double(x): return x",
  "a thread bomb": "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,)).start()",
  "a memory bomb": "kept = []\nwhile True: kept.append(bytearray(1 << 24))",
  "endless output": "import os\nwhile True: os.write(1, b'y' * 65536)",
  "endless output where results go": "import os\nwhile True: os.write(3, b'y' * 65536)",
  "a result without end": "def double(x): return 'y' * (1 << 28)",
  "reading /etc/passwd": "def double(x): return open('/etc/passwd').read() and 2 * x",
  "opening a socket":
    "import socket\ndef double(x):\n    socket.create_connection(('127.0.0.1', 22))\n    return 2 * x",
  "starting a shell":
    "import subprocess\ndef double(x):\n    subprocess.run(['/bin/sh', '-c', 'true'])\n    return 2 * x",
  "filling the disk":
    "def double(x):\n    for n in range(1 << 20):\n        with open(f'/tmp/{n}', 'wb') as f: f.write(b'y' * (1 << 23))\n    return 2 * x",
  "writing beside /tmp": "def double(x):\n    open('/usr/lib/x', 'w').close()\n    return 2 * x",
  "killing its parent":
    "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nos.kill(-1, signal.SIGKILL)\nos.abort()",
  "leaving with code 0": "import sys\nsys.exit(0)",
  "leaving with code 0 in a test": "import os\ndef double(x): os._exit(0)",
  "leaving with code 0 at the end":
    "import atexit, os\natexit.register(os._exit, 0)\ndef double(x): raise SystemExit(0)",
  "printing what the checker prints":
    'import os\nfor fd in (1, 3):\n    os.write(fd, b\'V{"verdict": "equal", "reason": "", "asserts": 2}\\n\')\nos._exit(0)',
  "forging results": 'import os\nfor n in range(9): os.write(3, b\'{"id": %d, "value": {"t": [], "r": 4}}\\n\' % n)',
  "equal to everything":
    "class Any(int):\n    def __eq__(self, other): return True\n    __hash__ = None\ndef double(x): return Any(0)",
  "equal to everything, of a class of its own":
    "class Any:\n    def __eq__(self, other): return True\n    def __getattr__(self, name): return self\ndef double(x): return Any()",
  "patching the harness":
    "import builtins, sys, json\nbuiltins.AssertionError = Exception\njson.loads = json.dumps\nsys.modules['tests'] = sys\nfor m in list(sys.modules.values()):\n    m.same = m.holds = m.judge = lambda *a: ('equal', '')\ndef double(x): return 0",
  "looking for what is expected":
    "import gc\ndef double(x):\n    texts = [o for o in gc.get_objects() if isinstance(o, str) and 'assert double' in o]\n    return 4 if texts else 0",
};

const SCRIPTS = {
  "an endless loop": "while True: pass",
  "endless output": "while True: print('y' * 65536)",
  "endless complaints": "import sys\nwhile True: sys.stderr.write('y' * 65536)",
  "leaving with code 0": "raise SystemExit(0)",
  "reading the answer from a file": "print(open('/proc/self/environ').read())",
};

describe.skipIf(!hasSandbox)("a hostile program", () => {
  it.concurrent.each(Object.entries(FUNCTIONS))("is not called right for %s", async (_what, program) => {
    const { verdict, reason } = await runner.check(program, tests);
    expect(["different", "undecided"]).toContain(verdict);
    expect(reason).not.toBe("");
  });

  it.concurrent.each(Object.entries(SCRIPTS))("that is a script is not called right for %s", async (_what, program) => {
    expect((await runner.check(program, script)).verdict).toBe("different");
  });

  it("leaves the next one a sound place, and no process behind", async () => {
    expect(await runner.check("def double(x): return 2 * x", tests)).toMatchObject({ verdict: "equal" });
    await runner.close();
    expect(processesOfMine()).toEqual([]);
  });

  it("does not outlive a Mezzo that is killed", async () => {
    const index = new URL("../../../src/nodes/code/index.ts", import.meta.url).href;
    const bomb =
      "import os, threading\nfor n in range(9): threading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()";
    const source = [
      `import { createCodeRunner } from ${JSON.stringify(index)};`,
      `const tests = ${JSON.stringify({ ...tests, timeoutMs: 60_000 })};`,
      `createCodeRunner().check(${JSON.stringify(bomb)}, tests);`,
    ].join("\n");
    const child = execFile(process.execPath, ["--input-type=module", "-e", source]);
    const theirs = () => processesOfMine().filter((name) => /bwrap|python/.test(name));
    await expect.poll(theirs, { timeout: 20_000, interval: 100 }).toContain("bwrap");
    const marked = cellsNow();
    child.kill("SIGKILL");
    await once(child, "exit");
    await expect.poll(() => cellsNow().filter((pid) => marked.includes(pid)), { timeout: 20_000 }).toEqual([]);
  });
});
