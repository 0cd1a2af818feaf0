/** Vitest's global set-up: the program is built once, so that tests run the command line as users do. */
import "../scripts/build.ts";

export default function setup(): void {
  // The import above is the build.
}
