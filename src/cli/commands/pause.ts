/** `mezzo pause`: a run stops for all who work on it; each sample ends its step first, and `resume` goes on. */
import { hostname } from "node:os";
import { MezzoError } from "../../core/errors.ts";
import { requireRun, stateOf } from "../../engine/run.ts";
import { pauseTogether } from "../../engine/together.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { nextCommand } from "../next.ts";
import { withStore } from "./with-store.ts";

export interface PauseFlags {
  readonly store: string;
}

export async function pause(io: Io, run: string, flags: PauseFlags): Promise<ExitCode> {
  return withStore(io, flags.store, async (store) => {
    const record = await requireRun(store, run);
    if (store.sharing !== undefined) await pauseTogether(store, record);
    else if (record.holder === undefined) {
      io.say(`Nobody works on run ${run}: it is ${stateOf(record)}.`);
      return 0 as const;
    } else if (record.holder.host === hostname()) process.kill(record.holder.pid, "SIGINT");
    else {
      const message = `Run ${run} is worked on by process ${record.holder.pid} on ${record.holder.host}: it can only be paused there`;
      throw new MezzoError("run-elsewhere", message, { exitCode: 2 });
    }
    io.say(`Pausing run ${run}: each sample under way ends its step first.`);
    io.say(`next: ${nextCommand(io, `resume ${run}`, flags.store)}`);
    return 0 as const;
  });
}
