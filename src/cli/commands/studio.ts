/** `mezzo studio`: the page, until Ctrl-C. */
import { join } from "node:path";
import { startStudio } from "../../studio/server.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { packageRoot } from "../package-root.ts";
import { withStore } from "./with-store.ts";

export interface StudioFlags {
  readonly port: number;
  readonly host: string;
  readonly token?: string;
  readonly store: string;
}

export async function studio(io: Io, flags: StudioFlags): Promise<ExitCode> {
  const root = packageRoot();
  return withStore(
    io,
    flags.store,
    async (store) => {
      const open = await startStudio({
        ...{ store, storePath: flags.store, host: flags.host, port: flags.port, secret: flags.token },
        project: ".",
        page: join(root, "dist/studio"),
        env: () => io.env,
        command: [process.execPath, join(root, "dist/launch.js")],
      });
      const interrupted = Promise.withResolvers<void>();
      const stopListening = io.onInterrupt(() => interrupted.resolve());
      try {
        io.say(`the studio is open at ${io.paint.strong(open.url)}`);
        io.say(io.paint.faint("Ctrl-C closes it; runs that were started from it go on"));
        io.out(open.url);
        await interrupted.promise;
      } finally {
        stopListening();
        await open.close();
      }
      return 0 as const;
    },
    // Pages ask for several things at once.
    { create: true, readers: 3 },
  );
}
