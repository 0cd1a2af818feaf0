/**
 * The filter of system calls that bubblewrap loads before a cell's process starts: classic BPF, eight bytes an
 * instruction. Refused, with an error that the program sees: new processes (threads are allowed), further namespaces,
 * sockets, and memory that no limit counts (memfd, System V). A process of another machine's kind is killed.
 */
const NUMBERS = {
  x64: {
    audit: 0xc000003e,
    clone: 56,
    forks: [57, 58],
    others: [29, 41, 101, 272, 308, 310, 311, 319, 321, 323, 425, 427],
  },
  arm64: {
    audit: 0xc00000b7,
    clone: 220,
    forks: [],
    others: [194, 198, 117, 97, 268, 270, 271, 279, 280, 282, 425, 427],
  },
} as const;

export type FilteredMachine = keyof typeof NUMBERS;

export function isFiltered(machine: string): machine is FilteredMachine {
  return Object.hasOwn(NUMBERS, machine);
}

const CLONE3 = 435;
const CLONE_THREAD = 0x10000;
/** From here on an x64 kernel takes the calls of another numbering. */
const X32 = 0x40000000;
const [EPERM, ENOSYS] = [1, 38];
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const refuse = (errno: number) => 0x00050000 | errno;
const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_SET = 0x45;
const RETURN = 0x06;
/** Where things stand in the kernel's `seccomp_data`. */
const [CALL_AT, MACHINE_AT, FIRST_ARGUMENT_AT] = [0, 4, 16];

export function systemCallFilter(machine: FilteredMachine, mayFork: boolean): Buffer {
  const { audit, clone, forks, others } = NUMBERS[machine];
  const refused = mayFork ? others : [...others, ...forks];
  const steps: (readonly [code: number, ifTrue: number, ifFalse: number, value: number])[] = [
    [LOAD, 0, 0, MACHINE_AT],
    [JUMP_EQUAL, 1, 0, audit],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, CALL_AT],
    [JUMP_AT_LEAST, 0, 1, X32],
    [RETURN, 0, 0, refuse(ENOSYS)],
    ...refused.flatMap((call) => [[JUMP_EQUAL, 0, 1, call] as const, [RETURN, 0, 0, refuse(EPERM)] as const]),
  ];
  if (!mayFork) {
    // clone3 keeps its flags in memory, out of a filter's sight: libc then falls back to clone.
    steps.push([JUMP_EQUAL, 0, 1, CLONE3], [RETURN, 0, 0, refuse(ENOSYS)]);
    steps.push([JUMP_EQUAL, 0, 3, clone], [LOAD, 0, 0, FIRST_ARGUMENT_AT]);
    steps.push([JUMP_SET, 1, 0, CLONE_THREAD], [RETURN, 0, 0, refuse(EPERM)]);
  }
  steps.push([RETURN, 0, 0, ALLOW]);
  const filter = Buffer.alloc(steps.length * 8);
  for (const [n, [code, ifTrue, ifFalse, value]] of steps.entries()) {
    filter.writeUInt16LE(code, n * 8);
    filter.writeUInt8(ifTrue, n * 8 + 2);
    filter.writeUInt8(ifFalse, n * 8 + 3);
    filter.writeUInt32LE(value >>> 0, n * 8 + 4);
  }
  return filter;
}
