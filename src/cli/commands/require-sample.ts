/** A sample that somebody named. */
import { MezzoError } from "../../core/errors.ts";
import type { Store, StoredSample } from "../../store/store.ts";

/** Throws `no-sample`, with ids as they look. */
export async function requireSample(store: Store, run: string, id: string): Promise<StoredSample> {
  const sample = await store.findSample(run, id);
  if (sample !== undefined) return sample;
  const some = (await store.samples(run, { limit: 3 })).map((other) => other.id);
  const hint = `Ids look like ${some.join(", ")}; \`mezzo inspect ${run}\` lists them.`;
  throw new MezzoError("no-sample", `Run "${run}" has no sample "${id}"`, { hint, exitCode: 2 });
}
