/**
 * What runs in Python inside the two cells: the program's (PROGRAM) and that of its tests (REFEREE). Both begin with WIRE,
 * which turns values into lines of JSON and back.
 *
 * A value is a table of its containers and a root. Children are scalars, or `[n]`, the table's n-th container: shared and
 * circular ones stay so, and no depth of nesting is too deep, as nothing here recurses. Whatever comes out of a line is
 * made of plain values: a class of the program's own, with an `==` of its own, arrives as a handle that the tests can
 * call and not compare.
 */
const BOUND = `
import sys, os, resource
def bound(memory):
    for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 16 << 20), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64), (resource.RLIMIT_STACK, 64 << 20)):
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))
`;
/**
 * JSON without the module of that name, which loads `re` and takes longer than all the rest of a cell's start; its core in C
 * is what that module uses. And no `collections`: a program that has a Counter has loaded it.
 */
const WIRE = `${BOUND}
from _collections import deque
from itertools import islice
try:
    from _json import make_encoder, make_scanner, encode_basestring_ascii
    class Reading:
        strict, object_hook, object_pairs_hook, array_hook = True, None, None, None
        parse_float, parse_int, parse_constant = float, int, {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}.__getitem__
        memo = {}
    def refuse(v): raise TypeError("not JSON: " + type(v).__name__)
    scan = make_scanner(Reading)
    to_chunks = make_encoder(None, refuse, encode_basestring_ascii, None, ": ", ", ", False, False, True)
    def to_text(v): return "".join(to_chunks(v, 0))
    def from_text(text): return scan(text, 0)[0]
    if from_text(to_text({"a": [1, 2.5, None, "\\u00e9"]}) + "\\n") != {"a": [1, 2.5, None, "\\u00e9"]}: raise ImportError
except Exception:
    from json import dumps as to_text, loads as from_text
sys.set_int_max_str_digits(0) if hasattr(sys, "set_int_max_str_digits") else None
SCALARS = (type(None), bool, int, float, str)
MOST_NODES = 2000000
MOST_ITEMS = 200000

def pack(root, classes, handle_of):
    table, seen, waiting, kept = [], {}, deque(), []
    def ref(v):
        if type(v) in SCALARS: return v
        if isinstance(v, (int, float, str)): return [int, float, str][0 if isinstance(v, int) else 1 if isinstance(v, float) else 2](v)
        n = seen.get(id(v))
        if n is None:
            n = seen[id(v)] = len(table)
            if n > MOST_NODES: raise OverflowError("a value of more than %d parts" % MOST_NODES)
            table.append(None); kept.append(v); waiting.append((n, v))
        return [n]
    def pairs(d): return [[ref(k), ref(x)] for k, x in d.items()]
    def tell(v):
        t = type(v)
        if isinstance(v, tuple): return ["t", [ref(x) for x in v]]
        if isinstance(v, list): return ["l", [ref(x) for x in v]]
        loaded = sys.modules.get("collections")
        if loaded and isinstance(v, loaded.Counter): return ["C", pairs(v)]
        if isinstance(v, dict): return ["d", pairs(v)]
        if isinstance(v, frozenset): return ["z", [ref(x) for x in v]]
        if isinstance(v, set): return ["S", [ref(x) for x in v]]
        if isinstance(v, deque): return ["q", [ref(x) for x in v]]
        if isinstance(v, (bytes, bytearray)): return ["y", bytes(v).hex()]
        if t is complex: return ["c", repr(v.real), repr(v.imag)]
        if t is range: return ["r", v.start, v.stop, v.step]
        if t is type({}.keys()): return ["k", [ref(x) for x in v]]
        if t in (type({}.values()), type({}.items())): return ["l", [ref(x) for x in v]]
        if t.__name__ == "Fraction" and t.__module__ == "fractions": return ["F", v.numerator, v.denominator]
        if t.__name__ == "Decimal" and t.__module__ == "decimal": return ["D", str(v)]
        if t.__module__ == "numpy" and hasattr(v, "tolist"): return ["w", ref(v.tolist())]
        if hasattr(t, "__next__"):
            items = list(islice(v, MOST_ITEMS + 1))
            if len(items) > MOST_ITEMS: raise OverflowError("an iterator of more than %d items" % MOST_ITEMS)
            return ["i", [ref(x) for x in items]]
        if t.__name__ in classes and hasattr(v, "__dict__"):
            return ["o", t.__name__, [[k, ref(x)] for k, x in v.__dict__.items()]]
        return ["h"] + handle_of(v)
    top = ref(root)
    while waiting:
        n, v = waiting.popleft()
        table[n] = tell(v)
    return {"t": table, "r": top}

def unpack(packed, class_of, of_handle):
    table = packed["t"]
    made = [None] * len(table)
    done = [False] * len(table)
    shells = {"l": list, "d": dict, "S": set, "q": deque, "C": None}
    if any(node[0] == "C" for node in table):
        from collections import Counter
        shells["C"] = Counter
    for n, node in enumerate(table):
        tag = node[0]
        if tag in shells: made[n] = shells[tag]()
        elif tag == "o":
            cls = class_of(node[1])
            made[n] = cls.__new__(cls)
        elif tag == "h": made[n] = of_handle(node[1], node[2])
        elif tag == "y": made[n] = bytes.fromhex(node[1])
        elif tag == "c": made[n] = complex(float(node[1]), float(node[2]))
        elif tag == "r": made[n] = range(node[1], node[2], node[3])
        elif tag == "F":
            from fractions import Fraction
            made[n] = Fraction(node[1], node[2])
        elif tag == "D":
            from decimal import Decimal
            made[n] = Decimal(node[1])
        else: continue
        done[n] = True
    def child(c): return made[c[0]] if type(c) is list else c
    def parts(node): return [node[1]] if node[0] == "w" else node[1]
    for start in range(len(table)):
        stack = [start]
        steps = 0
        while stack:
            n = stack[-1]
            if done[n]: stack.pop(); continue
            node = table[n]
            open_ones = [c[0] for c in parts(node) if type(c) is list and not done[c[0]]]
            steps += 1
            if steps > 2 * len(table) + 10: raise ValueError("a value that holds itself")
            if open_ones: stack.extend(open_ones); continue
            items = [child(c) for c in parts(node)]
            tag = node[0]
            made[n] = tuple(items) if tag in "ti" else frozenset(items) if tag == "z" else dict.fromkeys(items).keys() if tag == "k" else items[0]
            done[n] = True
    for n, node in enumerate(table):
        tag = node[0]
        if tag in "lq": made[n].extend([child(c) for c in node[1]])
        elif tag == "S": made[n].update([child(c) for c in node[1]])
        elif tag in "dC":
            for k, x in node[1]: made[n][child(k)] = child(x)
        elif tag == "o":
            for k, x in node[2]: made[n].__dict__[k] = child(x)
    for n, node in enumerate(table):
        if node[0] == "i": made[n] = iter(made[n])
    # Only now are iterators iterators: a container that holds one holds its tuple.
    return child(packed["r"])
`;

/**
 * Loads a program and does what the referee asks: look up a name, call it, read an attribute. Requests come on standard
 * input, replies go to descriptor 3. All of it is in the program's reach, and none of it is trusted: a program that
 * forges a reply has only said what its answer is.
 */
export const PROGRAM = String.raw`${WIRE}
def serve():
    import types, builtins
    bound(1 << 30)
    builtins.exit = builtins.quit = sys.exit
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    replies = os.fdopen(3, "w", encoding="utf-8")
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    sys.stdin = open(0, "r", closefd=False)
    module = types.ModuleType("program")
    sys.modules["program"] = module
    space, handles, classes = module.__dict__, [], set()
    def say(reply):
        replies.write(to_text(reply) + "\n"); replies.flush()
    def handle_of(v):
        handles.append(v)
        return [len(handles) - 1, type(v).__name__]
    def fault(thrown):
        if isinstance(thrown, SystemExit): raise thrown
        name, text = type(thrown).__name__, ""
        try: text = str(thrown)[:400]
        except Exception: text = ""
        missing = getattr(thrown, "name", None) if isinstance(thrown, ModuleNotFoundError) else None
        return {"name": name, "mro": [c.__name__ for c in type(thrown).__mro__][:20], "text": text, "missing": missing}
    def load(texts):
        broken = None
        for text in texts:
            try: code = compile(text, "program.py", "exec", dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as thrown:
                broken = broken or thrown
                continue
            exec(code, space)
            return
        raise broken
    def find(on):
        if "handle" in on: return handles[on["handle"]]
        name = on["name"]
        if name in space: return space[name]
        if name.isidentifier() and hasattr(space.get("Solution"), name): return getattr(space["Solution"](), name)
        if name.isidentifier(): raise NameError("there is no %s in the program" % name)
        return eval(name, space)
    found = {}
    def do(request):
        op = request["op"]
        if op == "load": return load(request["texts"])
        if op == "classes": return classes.update(request["classes"])
        on = request["on"]
        key = on.get("name")
        if key not in found or key is None:
            target = find(on)
            if key is not None: found[key] = target
        else: target = found[key]
        if op == "get": return getattr(target, request["attribute"])
        args, kwargs = unpack(request["args"], lambda name: space[name], lambda n, _: handles[n])
        value = target(*args, **kwargs)
        return [value, list(args), kwargs]
    for line in requests:
        request = from_text(line)
        try: reply = {"id": request["id"], "value": pack(do(request), classes, handle_of)}
        except BaseException as thrown:
            try: reply = {"id": request["id"], "error": fault(thrown)}
            finally: thrown = None
        say(reply)
serve()
`;

/**
 * Runs the tests. It stands in a cell of its own, where no byte of the program ever is; the program's functions are
 * stand-ins that send their arguments to the program's cell. The verdict goes out on a descriptor that tests which print
 * don't know of.
 */
export const REFEREE = String.raw`${WIRE}
import ast, builtins, json, types
class Undecidable(BaseException): pass
class ProgramError(Exception): pass
class Failed(AssertionError):
    def __init__(self, source, got=None, wanted=None, both=False):
        super().__init__(source)
        self.source, self.got, self.wanted, self.both = source, got, wanted, both

source_in = os.fdopen(os.dup(0), "r", encoding="utf-8")
out = os.fdopen(os.dup(1), "w", encoding="utf-8")
null = os.open("/dev/null", os.O_RDWR)
os.dup2(null, 0); os.dup2(null, 1)
count = {"asserts": 0, "calls": 0}
last = {"call": ""}

def send(begin, message):
    out.write(begin + json.dumps(message) + "\n"); out.flush()

def short(value, most=160):
    try: text = repr(value)
    except BaseException: text = "<" + type(value).__name__ + ">"
    return text if len(text) <= most else text[: most - 3] + "..."

def request(message):
    count["calls"] += 1
    message["id"] = count["calls"]
    send("C%d " % count["asserts"], message)
    reply = json.loads(source_in.readline())
    if not isinstance(reply, dict) or reply.get("id") != message["id"]: raise ProgramError("the program's cell replied out of turn")
    if "error" in reply: raise raised(reply["error"])
    return unpack(reply["value"], class_of, Remote)

def raised(error):
    text = str(error.get("text", ""))
    for name in error.get("mro", []):
        kind = getattr(builtins, str(name), None)
        if not (isinstance(kind, type) and issubclass(kind, Exception)): continue
        # These mean something to the tests' own loops: a program that raises one must not end them.
        if issubclass(kind, (StopIteration, StopAsyncIteration)) or kind in (Exception, UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError): break
        try: thrown = kind(text)
        except Exception: break
        thrown.from_program = True
        return thrown
    thrown = ProgramError(str(error.get("name")) + ": " + text)
    thrown.from_program = True
    return thrown

class Remote:
    def __init__(self, handle, name, on=None):
        object.__setattr__(self, "_on", on or {"handle": handle})
        object.__setattr__(self, "_name", name)
    def __call__(self, *args, **kwargs):
        last["call"] = self._name + "(" + ", ".join([short(a, 80) for a in args] + [k + "=" + short(a, 80) for k, a in kwargs.items()]) + ")"
        packed = pack((args, kwargs), known, no_handle)
        answer = request({"op": "call", "on": self._on, "args": packed})
        value, new_args, new_kwargs = answer
        for old, new in list(zip(args, new_args)) + [(kwargs[k], new_kwargs.get(k)) for k in kwargs]:
            if refill(old, new) and value is new: value = old
        return value
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return request({"op": "get", "on": self._on, "attribute": name})
    def _judge(self, *_):
        raise Undecidable("a test looks into a " + self._name + ", an object of the program's own class, which would be the program judging itself")
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __len__ = __contains__ = __iter__ = __getitem__ = _judge
    __hash__ = object.__hash__
    def __repr__(self): return "<" + self._name + " of the program>"

def refill(old, new):
    if type(old) is not type(new): return False
    if isinstance(old, list): old[:] = new
    elif isinstance(old, (dict, set)):
        old.clear(); old.update(new)
    elif type(old).__name__ in known and hasattr(old, "__dict__"):
        old.__dict__.clear(); old.__dict__.update(new.__dict__)
    else: return False
    return True

def no_handle(value):
    if isinstance(value, Remote) and "handle" in value._on: return [value._on["handle"], value._name]
    raise Undecidable("a test hands the program a " + type(value).__name__ + ", which can't be sent to another process")

def class_of(name):
    if name not in known: raise ProgramError("an object of an unknown class")
    return known[name]

module = types.ModuleType("tests")
sys.modules["tests"] = module
space, known = module.__dict__, {}

class Watch(ast.NodeTransformer):
    """Every assert counts itself, and one that compares tells both sides."""
    def visit_Assert(self, node):
        self.generic_visit(node)
        text = ast.unparse(node)[7:]
        text = text if len(text) <= 200 else text[:197] + "..."
        compares = isinstance(node.test, ast.Compare) and len(node.test.ops) == 1 and isinstance(node.test.ops[0], ast.Eq)
        args = [node.test.left, node.test.comparators[0]] if compares else [node.test]
        call = ast.Call(ast.Name("__same" if compares else "__holds", ast.Load()), args + [ast.Constant(text)], [])
        return ast.copy_location(ast.Expr(call), node)

def same(left, right, text):
    count["asserts"] += 1
    if not left == right: count["asserts"] -= 1; raise Failed(text, left, right, True)

def holds(value, text):
    count["asserts"] += 1
    if not value: count["asserts"] -= 1; raise Failed(text)

def prepare(text):
    tree = ast.parse(text)
    loaded = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    stored |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    stored |= {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))}
    stored |= {(n.asname or n.name).split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.alias)}
    wanted = [n for n in loaded if n not in stored and n not in space and not hasattr(builtins, n)]
    if not wanted:
        # The function under test bears a builtin's name ("sum"): it is the first that an assert calls.
        for node in tree.body:
            calls = [n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)] if isinstance(node, ast.Assert) else []
            if calls and calls[0] not in stored and calls[0] not in space: wanted = [calls[0]]; break
    has_asserts = any(isinstance(n, ast.Assert) for n in ast.walk(tree))
    tree = ast.fix_missing_locations(Watch().visit(tree))
    return compile(tree, "tests.py", "exec"), wanted, has_asserts

def stand_in(name): return Remote(None, name, {"name": name})

def find_classes():
    known.update({k: v for k, v in space.items() if isinstance(v, type) and v.__module__ == "tests" and k == v.__name__})
    request({"op": "classes", "classes": sorted(known)})
    count["calls"] -= 1

def plain(value):
    return [plain(v) for v in value] if isinstance(value, (list, tuple)) else value

def run(spec):
    before = spec.get("before")
    if before:
        try: code = compile(before, "before.py", "exec")
        except SyntaxError: code = None
        if code: exec(code, space)
    if spec["style"] == "function":
        find_classes()
        candidate = stand_in(spec["entryPoint"])
        for n, case in enumerate(spec["cases"]):
            args = [json.loads(line) for line in case["input"].split("\n") if line.strip() != ""]
            wanted = json.loads(case["output"])
            same(plain(candidate(*args)), wanted, "case %d" % (n + 1))
        return
    space.update({"__same": same, "__holds": holds})
    is_check = spec["style"] == "check"
    code, wanted, has_asserts = prepare(spec["test"] if is_check else "\n".join(spec["asserts"]))
    if not has_asserts: raise Undecidable("the tests assert nothing")
    if is_check:
        if spec["entryPoint"].isidentifier(): space[spec["entryPoint"]] = stand_in(spec["entryPoint"])
        wanted = [n for n in wanted if n != spec["entryPoint"] and not hasattr(builtins, n)]
    for name in wanted: space[name] = stand_in(name)
    find_classes()
    exec(code, space)
    if is_check:
        if not callable(space.get("check")): raise Undecidable("the tests define no check(candidate)")
        space["check"](space[spec["entryPoint"]] if spec["entryPoint"].isidentifier() else stand_in(spec["entryPoint"]))

def judge(spec):
    try: run(spec)
    except Undecidable as thrown: return "undecided", str(thrown)
    except Failed as thrown:
        tells = ": it came to %s, expected %s" % (short(thrown.got), short(thrown.wanted)) if thrown.both else ""
        at = "" if thrown.source.startswith("case ") else "test %d, " % (count["asserts"] + 1)
        where = " of " + last["call"] if thrown.source.startswith("case ") else ""
        return "different", at + thrown.source + where + tells
    except BaseException as thrown:
        what = type(thrown).__name__ + (": " + str(thrown)[:300] if str(thrown) else "")
        if getattr(thrown, "from_program", False): return "different", "test %d, %s raised %s" % (count["asserts"] + 1, last["call"] or "the program", what)
        own = isinstance(thrown, (NameError, ImportError, SyntaxError, MemoryError, KeyboardInterrupt, SystemExit))
        if own or count["calls"] == 0: return "undecided", "the tests themselves failed: " + what
        return "different", "test %d could not take what %s gave: %s" % (count["asserts"] + 1, last["call"], what)
    if count["calls"] == 0: return "undecided", "the tests never call the program"
    return "equal", ""

def decide(spec):
    verdict, reason = judge(spec)
    send("V", {"verdict": verdict, "reason": reason, "passed": count["asserts"]})

# One check, one process: what tests leave behind does not reach the next ones.
bound(2 << 30)
while True:
    line = source_in.readline()
    if not line: break
    child = os.fork()
    if child == 0:
        decide(json.loads(line))
        os._exit(0)
    # A child that fell over says nothing, and neither does this cell from then on.
    if os.waitpid(child, 0)[1] != 0: break
`;

/** A whole program, come over descriptor 3, run as a script: standard input and output are its own. */
export const SCRIPT = `${BOUND}
import builtins
with os.fdopen(3, "r", encoding="utf-8") as channel: text = channel.read()
bound(1 << 30)
builtins.exit = builtins.quit = sys.exit
sys.argv = ["program.py"]
sys.setrecursionlimit(20000)
main = type(sys)("__main__")
sys.modules["__main__"] = main
exec(compile(text, "program.py", "exec", dont_inherit=True), main.__dict__)
`;
