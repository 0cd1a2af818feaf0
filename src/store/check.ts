/** Is everything in a store's file as it should be? Reads all of it; `mezzo store check` prints what it finds. */
import type Database from "better-sqlite3";
import { messageOf } from "../core/errors.ts";
import { addTallies, type RunEvent } from "../core/events.ts";
import { hashText } from "../core/hash.ts";
import { refsIn } from "./codec.ts";
import { type EventRow, type EventRows, REOPENED, REWOUND, SAMPLE_FINISHED } from "./event-rows.ts";
import { firstKey, lastKey } from "./keys.ts";
import { walkRows } from "./refs.ts";
import { STARTED, statusOf } from "./status.ts";
import type { Texts } from "./texts.ts";

const PAGE = 1_000;
/** The first problems of a sort tell enough. */
const SHOWN = 20;

export function checkFile(db: Database.Database, events: EventRows, texts: Texts): string[] {
  const problems = (db.pragma("integrity_check") as { integrity_check: string }[])
    .map((row) => row.integrity_check)
    .filter((line) => line !== "ok");
  // What follows would only stumble over a broken file.
  if (problems.length > 0) return problems.slice(0, SHOWN);
  for (const found of [
    looseRefs(db),
    spoiltTexts(db, texts),
    wrongCounters(db, events),
    wrongOutcomes(db, events),
    wrongStandings(db),
  ])
    problems.push(...found.take(SHOWN));
  return problems;
}

function* looseRefs(db: Database.Database): Generator<string> {
  const has = db.prepare("SELECT 1 FROM texts WHERE hash = ?");
  for (const { where, jsons, shape } of walkRows(db)) {
    const hashes = jsons.flatMap((json) => [...refsIn(json)].map(({ ref }) => Buffer.from(ref, "base64url")));
    for (const hash of shape ? [...hashes, shape] : hashes)
      if (!has.get(hash)) yield `${where}: refers to a text that is missing (${hash.toString("base64url")})`;
  }
}

interface TextRow {
  readonly key: number;
  readonly hash: Buffer;
  readonly base: Buffer | null;
  readonly body: string | Buffer;
}

function* spoiltTexts(db: Database.Database, texts: Texts): Generator<string> {
  const page = db.prepare<[number], TextRow>(
    `SELECT key, hash, base, body FROM texts WHERE key > ? ORDER BY key LIMIT ${PAGE}`,
  );
  for (let rows = page.all(0); rows.length > 0; rows = page.all(rows.at(-1)!.key))
    for (const row of rows) {
      const trouble = troubleWith(row, texts);
      if (trouble) yield `texts ${row.key}: ${trouble}`;
    }
}

function troubleWith(row: TextRow, texts: Texts): string | undefined {
  try {
    return hashText(texts.unpack(row)).equals(row.hash) ? undefined : "is not the text that its hash names";
  } catch (error) {
    return `cannot be unpacked: ${messageOf(error)}`;
  }
}

function* wrongCounters(db: Database.Database, events: EventRows): Generator<string> {
  const runs = db.prepare<[], { key: number; run: string }>("SELECT key, run FROM runs").all();
  const page = db.prepare<[number, number, number], EventRow & { seq: number }>(
    `SELECT seq, type, body FROM events WHERE seq > ? AND of BETWEEN ? AND ? ORDER BY seq LIMIT ${PAGE}`,
  );
  const kept = db.prepare<[number], { path: string; sum: number }>("SELECT path, sum FROM tallies WHERE run = ?");
  for (const { key, run } of runs) {
    const sums = new Map<string, number>();
    const next = (after: number) => page.all(after, firstKey(key), lastKey(key));
    for (let rows = next(0); rows.length > 0; rows = next(rows.at(-1)!.seq))
      for (const row of rows) addTallies(sums, events.decode(row, "") as RunEvent);
    const found = new Map(kept.all(key).map(({ path, sum }) => [path, sum]));
    for (const path of new Set([...sums.keys(), ...found.keys()])) {
      const [is, shouldBe] = [found.get(path) ?? 0, sums.get(path) ?? 0];
      // Money and times are sums of fractions, added in another order.
      if (Math.abs(is - shouldBe) > 1e-6 * Math.max(1, Math.abs(shouldBe)))
        yield `run ${run}: counter "${path.replaceAll("\t", " ")}" is ${is}, its events make ${shouldBe}`;
    }
  }
}

function* wrongOutcomes(db: Database.Database, events: EventRows): Generator<string> {
  const page = db.prepare<[number], { key: number; id: string; status: number }>(
    `SELECT key, id, status FROM samples WHERE key > ? ORDER BY key LIMIT ${PAGE}`,
  );
  const last = db.prepare<[number, number, number, number], EventRow>(
    "SELECT type, body FROM events WHERE of = ? AND type IN (?, ?, ?) ORDER BY seq DESC LIMIT 1",
  );
  for (let rows = page.all(0); rows.length > 0; rows = page.all(rows.at(-1)!.key))
    for (const { key, id, status } of rows) {
      const row = last.get(key, SAMPLE_FINISHED, REOPENED, REWOUND);
      const event = row && events.decode(row, id);
      const shouldBe = event?.type === "sample.finished" ? statusOf(event.outcome) : undefined;
      if (shouldBe === undefined ? status > STARTED : status !== shouldBe)
        yield `sample ${id}: its outcome is not what its events say`;
    }
}

function* wrongStandings(db: Database.Database): Generator<string> {
  const wrong = db.prepare<[], string>(
    `SELECT a.id FROM samples a LEFT JOIN standings s ON s.key = a.key WHERE s.status IS NOT a.status LIMIT ${SHOWN}`,
  );
  for (const id of wrong.pluck().all()) yield `sample ${id}: where it stands is not what its status says`;
}
