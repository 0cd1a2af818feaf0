/** Opening the store for a command, and closing it whatever happens. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { MezzoError, messageOf } from "../../core/errors.ts";
import { TURN_OF_PARENT } from "../../engine/turns.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/store.ts";
import { readPlace } from "../../store/where.ts";
import type { Io } from "../io.ts";

/** `text` is a file, or a PostgreSQL server's address. */
export async function withStore<T>(
  io: Pick<Io, "env" | "say">,
  address: string,
  use: (store: Store) => Promise<T>,
  options: { create?: boolean; turn?: SharedArrayBuffer; readers?: number } = {},
): Promise<T> {
  const place = readPlace(address, io.env);
  if (place.kind === "file") prepareFile(place.path, options);
  const turn = options.turn && { shared: options.turn, workerNo: TURN_OF_PARENT };
  const store = await openStore(place, { turn, create: options.create, readers: options.readers, say: io.say });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

function prepareFile(path: string, options: { create?: boolean }): void {
  if (options.create === true) makeFolder(path);
  else if (!existsSync(path)) {
    const hint = "`mezzo run` makes one; --store names another file.";
    throw new MezzoError("no-store", `There are no runs here: ${path} does not exist`, { hint, exitCode: 2 });
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (cause) {
    const hint = "Name another place with --store.";
    throw new MezzoError("store-readonly", `The folder for ${path} can't be made: ${messageOf(cause)}`, {
      cause,
      hint,
      exitCode: 2,
    });
  }
}
