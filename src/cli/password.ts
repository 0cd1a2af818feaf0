/**
 * The password in a store's address goes no further than this: it is taken out of the arguments before any command sees
 * them, and travels as PGPASSWORD in the environment that commands and their threads are given. So no message, no
 * suggestion of a next command, no run's settings and no argument of a process can hold it.
 */
import { takePassword } from "../store/where.ts";
import type { Io } from "./io.ts";

export function withoutPassword(
  argv: readonly string[],
  io: Io,
): { readonly words: readonly string[]; readonly io: Io } {
  let password: string | undefined;
  const take = (text: string) => {
    const taken = takePassword(text);
    password = taken.password ?? password;
    return taken.address;
  };
  const words = argv.map((word, i) => {
    if (word.startsWith("--store=")) return `--store=${take(word.slice("--store=".length))}`;
    return argv[i - 1] === "--store" ? take(word) : word;
  });
  // Where the system allows it, a list of processes does not show the arguments any more.
  if (argv.some((word) => takePassword(word.replace(/^--store=/, "")).password !== undefined)) process.title = "mezzo";
  if (password === undefined) return { words, io };
  const env = () => ({ ...io.env, PGPASSWORD: password });
  return { words, io: Object.create(io, { env: { get: env, enumerable: true } }) as Io };
}
