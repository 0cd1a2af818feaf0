/**
 * Where a worker thread's code lies. From source it is the `.ts` file beside its module (Node 24 runs it as it is); in
 * the built program everything lies flat in `dist/`, and it is the `.js` file of the same name.
 */
export function workerFile(name: string, moduleUrl: string): URL {
  const extension = moduleUrl.endsWith(".ts") ? "ts" : "js";
  return new URL(`./${name}.${extension}`, moduleUrl);
}
