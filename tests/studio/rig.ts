/**
 * Studios for tests: one in this process over a store of its own (`openStudio`), and one as a user starts it, over a run
 * that is going on at the mock server (`startLiveStudio`). `ask` sends any request, also those that no browser would.
 */
import { request } from "node:http";
import { join } from "node:path";
import { afterEach } from "vitest";
import { openStore } from "../../src/store/open.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { readPlace } from "../../src/store/where.ts";
import { TOKEN_HEADER } from "../../src/studio/api.ts";
import { type Studio, type StudioOptions, startStudio } from "../../src/studio/server.ts";
import type { LocalMockServer } from "../mock-server.ts";
import { appleRows, type Going, makeRig, type Rig } from "../rig.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface OpenStudio extends Studio {
  readonly store: Store;
  readonly rig: Rig;
  /** Any request, with these headers and no others. */
  ask(path: string, asking?: Asking): Promise<Answer>;
  /** A request as the page makes it; rejects with the Failure's code and message. */
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
}

const studios: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const studio of studios.splice(0)) await studio.close();
});

/**
 * A studio in this process. Its project is a fresh folder; `fill` puts something there and into the store, which is a file
 * in it, or a PostgreSQL `server`'s database.
 */
export async function openStudio(
  fill: (store: Store, rig: Rig) => Promise<unknown> = async () => undefined,
  { server, ...options }: Partial<StudioOptions> & { readonly server?: string } = {},
): Promise<OpenStudio> {
  const rig = await makeRig();
  const storePath = server ?? rig.path("state/mezzo.db");
  const store = await openStore(readPlace(storePath, {}), { create: true });
  await fill(store, rig);
  const studio = await startStudio({
    ...{ store, storePath, project: rig.folder, page: rig.path("page"), host: "127.0.0.1", port: 0, env: () => ({}) },
    command: [process.execPath, "-e", "process.exit(1)"],
    ...options,
  });
  studios.push({
    close: async () => {
      await studio.close();
      await store.close();
    },
  });
  return { ...studio, store, rig, ...asker(studio) };
}

export interface LiveStudio extends OpenStudio {
  readonly server: LocalMockServer;
  /** The process of the run; `child.kill("SIGKILL")` kills it. */
  readonly running: Going;
  readonly run: string;
}

/** A project with a run going on: `mezzo run` in a process of its own, at a mock server that takes its time. */
export async function startLiveStudio(options: {
  samples: number;
  latencyMs: number;
  page?: string;
}): Promise<LiveStudio> {
  const rig = await makeRig();
  const server = await rig.serve({ latencyMs: options.latencyMs });
  const graph = await rig.distillAt(server.url);
  await rig.write("data/apples.jsonl", appleRows(options.samples));
  const run = "live";
  const running = rig.start(
    "run",
    graph,
    "--input",
    "data/apples.jsonl",
    "--run",
    run,
    "--in-flight",
    "8",
    "--workers",
    "1",
  );
  await running.says(`run ${run}:`);
  const store = openSqliteStore({ path: rig.path("state/mezzo.db") });
  const studio = await startStudio({
    ...{
      store,
      storePath: rig.path("state/mezzo.db"),
      project: rig.folder,
      host: "127.0.0.1",
      port: 0,
      env: () => process.env,
    },
    page: options.page ?? join(import.meta.dirname, "../../dist/studio"),
    command: [process.execPath, join(import.meta.dirname, "../../dist/launch.js")],
  });
  studios.push({
    close: async () => {
      await studio.close();
      await store.close();
    },
  });
  return { ...studio, store, rig, server, running, run, ...asker(studio) };
}

function asker({ port, token }: Pick<Studio, "port" | "token">) {
  const ask = (path: string, { method = "GET", headers = {}, body }: Asking = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      sent.on("error", reject).end(body);
    });
  const parsed = async <T>(answer: Promise<Answer>): Promise<T> => {
    const { status, text } = await answer;
    const value = JSON.parse(text) as T & { error?: { code: string; message: string } };
    if (status >= 300) throw Object.assign(new Error(value.error?.message), { code: value.error?.code, status });
    return value;
  };
  const headers = { [TOKEN_HEADER]: token, "content-type": "application/json" };
  return {
    ask,
    get: <T>(path: string) => parsed<T>(ask(path)),
    post: <T>(path: string, body: unknown) =>
      parsed<T>(ask(path, { method: "POST", headers, body: JSON.stringify(body) })),
  };
}
