/**
 * The studio's server: the page's files, what the page asks (api.ts), and what happens meanwhile. It reads the store, and
 * changes nothing in it but through processes of the command line (control.ts); what people decide of a sample apart, which
 * is an event that anybody may commit (reviews.ts).
 *
 *   request ──▶ guard ──▶ route ──▶ Runs, Samples, Reviews, Checks, Files, Control ──▶ store, project
 *                  └─ refused        └─ Live ──▶ events
 */
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { basename } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type Clock, systemClock } from "../core/clock.ts";
import { MezzoError, messageOf } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import { graphJsonSchema } from "../graph/json-schema.ts";
import type { Environment } from "../graph/variables.ts";
import type { Store } from "../store/store.ts";
import { isServer, maskPassword } from "../store/where.ts";
import * as api from "./api.ts";
import { Checks } from "./checks.ts";
import { Control } from "./control.ts";
import { answerFailure, parse } from "./failures.ts";
import { Files } from "./files.ts";
import { guard, isApi, isLoopback } from "./guard.ts";
import { Live } from "./live.ts";
import { PageFiles } from "./page.ts";
import { Reviews } from "./reviews.ts";
import { Runs } from "./runs.ts";
import { Samples } from "./samples.ts";
import { SharedAnswers } from "./shared.ts";
import { AnswerTexts } from "./texts.ts";
import { Trials } from "./trials.ts";

export interface StudioOptions {
  readonly store: Store;
  readonly storePath: string;
  /** The folder that `graphs/` and `prompts/` are in. */
  readonly project: string;
  /** The built page. */
  readonly page: string;
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** Needed for any host but loopback: everybody who asks must have it. */
  readonly secret?: string;
  /** The environment that graphs are checked in. */
  readonly env: () => Environment;
  /** The program that runs are started with, and its first arguments. */
  readonly command: readonly [string, ...string[]];
  readonly clock?: Clock;
}

export interface Studio {
  /** Where it is to be opened; with the secret, where there is one. */
  readonly url: string;
  readonly port: number;
  /** What changes need. */
  readonly token: string;
  close(): Promise<void>;
}

/** All that one request may bring. */
const MOST_BYTES = 6_000_000;

/** Throws `port-taken`, `bad-host`, `no-secret`. */
export async function startStudio(options: StudioOptions): Promise<Studio> {
  const { store, host, secret } = options;
  if (!isLoopback(host) && secret === undefined) {
    const hint = "Name a secret that those who may see your data will have: --token <secret>.";
    throw new MezzoError("no-secret", `--host ${host} lets other machines in, which needs a token`, {
      hint,
      exitCode: 2,
    });
  }
  const clock = options.clock ?? systemClock;
  const [server, token] = [randomBytes(6).toString("hex"), randomBytes(24).toString("base64url")];
  const files = new Files(options.project);
  const shared = new SharedAnswers(clock);
  const runs = new Runs(store, clock, shared);
  const live = new Live({ store, runs, files, clock, server, isStoreThere: watchFile(options.storePath) });
  const app = createApp({ ...options, clock, files, runs, shared, live, server, token });
  const http = createAdaptorServer({ fetch: app.fetch }) as Server;
  // A page that listens keeps its connection open for as long as it likes.
  http.requestTimeout = 60_000;
  const port = await listen(http, options);
  const stop = new AbortController();
  const caughtUp = catchUp(store, stop.signal).catch((thrown) =>
    live.tell({ type: "trouble", run: null, message: messageOf(thrown), at: clock.now() }),
  );
  const name = nameOf(host);
  return {
    url: `http://${name}:${port}/${secret === undefined ? "" : `?token=${encodeURIComponent(secret)}`}`,
    port,
    token,
    async close() {
      stop.abort();
      live.close();
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeAllConnections();
      await Promise.all([closed, caughtUp]);
    },
  };
}

interface AppParts extends StudioOptions {
  readonly clock: Clock;
  readonly files: Files;
  readonly runs: Runs;
  readonly shared: SharedAnswers;
  readonly live: Live;
  readonly server: string;
  readonly token: string;
}

function createApp(parts: AppParts): Hono {
  const { store, storePath, files, runs, shared, live, env, token, host, clock } = parts;
  const texts = new AnswerTexts(store.look);
  const samples = new Samples({ ...parts, texts });
  const checks = new Checks({ store, files, runs, texts, env });
  const trials = new Trials({ store, runs, checks, texts, env });
  const reviews = new Reviews({ store, runs, texts, clock });
  const onTrouble = (trouble: { run: string | null; message: string }) =>
    live.tell({ type: "trouble", ...trouble, at: clock.now() });
  const control = new Control({ ...parts, onTrouble });
  const page = new PageFiles(parts.page);
  const info: api.StudioInfo = {
    ...{ version: VERSION, project: basename(files.project), store: maskPassword(storePath), server: parts.server },
  };

  const app = new Hono();
  app.onError((thrown, context) => answerFailure(context, thrown));
  app.use(guard({ host, secret: parts.secret, token }));
  app.use(bodyLimit({ maxSize: MOST_BYTES, onError: (context) => answerFailure(context, tooLarge()) }));

  const get = <T>(path: string, schema: api.Schema<T>, answer: (asked: T) => unknown) =>
    app.get(`/api/${path}`, async (context) => {
      const answered = (await answer(parse(schema, queryIn(context)))) as object;
      return context.body(shared.json(answered), 200, { "content-type": "application/json" });
    });
  get("studio", api.nothingSchema, () => info);
  get("runs", api.runsQuerySchema, async ({ q }) => ({
    runs: (await runs.heads()).filter((head) => isFound(head, q)),
  }));
  get("run", api.runQuerySchema, ({ run }) => runs.page(run));
  get("series", api.seriesQuerySchema, ({ run, points }) => runs.series(run, points));
  get("samples", api.sampleQuerySchema, (query) => samples.list(query));
  get("sample", api.oneSampleSchema, ({ run, sample }) => samples.one(run, sample));
  get("review", api.reviewQuerySchema, ({ run, sample }) => reviews.of(run, sample));
  get("call", api.callQuerySchema, ({ run, sample, call }) => samples.call(run, sample, call));
  get("elsewhere", api.oneSampleSchema, ({ run, sample }) => samples.elsewhere(run, sample));
  get("compare", api.compareQuerySchema, (query) => samples.compare(query));
  get("text", api.textQuerySchema, ({ ref, from }) => texts.piece(ref, from));
  get("files", api.nothingSchema, () => files.list());
  get("file", api.fileQuerySchema, ({ path }) => files.read(path));
  get("schema", api.nothingSchema, () => graphJsonSchema());

  const post = <T>(
    path: string,
    schema: api.Schema<T>,
    answer: (asked: T, signal: AbortSignal) => unknown,
    status: 200 | 202 = 200,
  ) =>
    app.on(["POST", "PUT"], `/api/${path}`, async (context) => {
      const answered = (await answer(parse(schema, await bodyOf(context)), context.req.raw.signal)) as object;
      if (status === 202) live.hurry();
      return context.json(answered, status);
    });
  post("file", api.saveFileSchema, (save) => files.save(save));
  post("check", api.checkSchema, (asked) => checks.check(asked));
  post("preview", api.previewSchema, (asked) => checks.preview(asked));
  post("try", api.trySchema, (asked, signal) => trials.try(asked, signal));
  post("survey", api.surveySchema, (asked) => trials.survey(asked));
  post("decide", api.decideSchema, (asked) => reviews.decide(asked), 202);
  post("withdraw", api.withdrawSchema, (asked) => reviews.withdraw(asked), 202);
  post("again", api.againSchema, (asked) => control.again(asked), 202);
  post("start", api.startSchema, (asked) => control.start(asked), 202);
  post("pause", api.pauseSchema, (asked) => control.pause(asked), 202);
  post("resume", api.resumeSchema, (asked) => control.resume(asked), 202);
  post("retry", api.retrySchema, (asked) => control.retry(asked), 202);

  app.get("/api/events", (context) => {
    const { run } = parse(api.eventsQuerySchema, queryIn(context));
    const lastId = context.req.header("last-event-id");
    const stream = live.open({ run, lastId, signal: context.req.raw.signal });
    context.header("content-type", "text/event-stream");
    context.header("cache-control", "no-store, no-transform");
    return context.body(stream);
  });
  app.get("*", async (context) => {
    if (isApi(context.req.path)) throw noSuchPath(context);
    return (await page.asset(context)) ?? page.page(context, token);
  });
  app.all("*", (context) => {
    throw noSuchPath(context);
  });
  return app;
}

/** A key that is repeated is a list. */
function queryIn(context: Context): Record<string, string | string[]> {
  const query = context.req.queries();
  return Object.fromEntries(Object.entries(query).map(([key, all]) => [key, all.length === 1 ? all[0]! : all]));
}

async function bodyOf(context: Context): Promise<unknown> {
  const type = context.req.header("content-type") ?? "";
  try {
    if (/^application\/json\b/i.test(type)) return await context.req.json();
  } catch (cause) {
    throw new MezzoError("bad-request", "The request is no JSON.", { cause });
  }
  throw new MezzoError("bad-request", "JSON is expected (content-type: application/json).");
}

function isFound({ run, graph, input }: api.RunHead, q: string | undefined): boolean {
  const words = (q ?? "").toLowerCase().split(/\s+/);
  const text = `${run} ${graph} ${input}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function noSuchPath(context: Context): MezzoError {
  return new MezzoError("no-such-path", `There is no ${context.req.method} ${context.req.path.slice(0, 100)}.`);
}

function tooLarge(): MezzoError {
  return new MezzoError("too-large", "The request is larger than this server takes.");
}

function listen(http: Server, { host, port }: StudioOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === "EADDRINUSE";
      const message = taken ? `Port ${port} is in use` : `${host} can't be listened on: ${cause.message}`;
      const hint = taken ? "Perhaps a studio is open already. --port names another; --port 0 takes any." : undefined;
      reject(new MezzoError(taken ? "port-taken" : "bad-host", message, { hint, cause, exitCode: 2 }));
    });
    http.listen({ host, port }, () => resolve((http.address() as AddressInfo).port));
  });
}

/** As it can be opened: an address that stands for all of this machine's is none to go to. */
function nameOf(host: string): string {
  if (host.includes(":") && host !== "::") return `[${host}]`;
  if (host !== "0.0.0.0" && host !== "::") return host;
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  return addresses.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? "127.0.0.1";
}

function watchFile(path: string): () => boolean {
  // A server says for itself when it is gone.
  if (isServer(path)) return () => true;
  const inode = () => statSync(path, { throwIfNoEntry: false })?.ino;
  const first = inode();
  return () => inode() === first;
}

/** A file of an older Mezzo becomes ready to be looked at, a little at a time. */
async function catchUp(store: Store, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await store.look.catchUp()));
}
