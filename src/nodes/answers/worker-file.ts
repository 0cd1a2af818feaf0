/**
 * Where the worker's file is: TypeScript beside this one when Mezzo runs from source, JavaScript beside the chunk when
 * it was bundled. The running module's own extension tells which.
 */
export function symbolicWorkerFile(here: string = import.meta.url): URL {
  const extension = new URL(here).pathname.endsWith(".ts") ? "ts" : "js";
  return new URL(`./symbolic-worker.${extension}`, here);
}
