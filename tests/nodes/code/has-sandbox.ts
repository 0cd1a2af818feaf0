/** Is there a sandbox on this machine? Says loudly when there is none. */
import { findSandbox } from "../../../src/nodes/code/index.ts";

const found = await findSandbox();
export const hasSandbox = !("missing" in found);
if ("missing" in found) console.warn(`\n!!! SKIPPED: ${found.missing}; whether programs are contained is not known.\n`);
