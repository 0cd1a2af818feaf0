/** Events, read back. How they are written: batch.ts. */
import type { ChatReply } from "../../core/chat.ts";
import type { CallFinished, RunEvent, SampleEvent, StepFinished } from "../../core/events.ts";
import {
  CALL_FINISHED,
  decodeEvent,
  FORK_JOINED,
  REOPENED,
  REWOUND,
  requestKey,
  STEP_FINISHED,
} from "../event-rows.ts";
import { firstKey, lastKey } from "../keys.ts";
import type { CachedReply } from "../store.ts";
import { unpack } from "../texts.ts";
import { bodyOf } from "./cells.ts";
import type { Row, Server } from "./server.ts";
import type { TextsThere } from "./texts-there.ts";

interface EventRow extends Row {
  readonly type: number;
  readonly body: Buffer;
}

const SELECT = "SELECT type, body FROM mezzo.events";
/** Runs that had the same reply to give: more than these need not be looked at. */
const CACHED_AT_MOST = 8;

export class EventsThere {
  readonly #server: Server;
  readonly #texts: TextsThere;

  constructor(server: Server, texts: TextsThere) {
    this.#server = server;
    this.#texts = texts;
  }

  async ofSample(key: number, id: string, { calls = true }: { readonly calls?: boolean }): Promise<SampleEvent[]> {
    const only = calls ? "" : `AND type <> ${CALL_FINISHED}`;
    const rows = await this.#server.read<EventRow>(`${SELECT} WHERE of = $1 ${only} ORDER BY seq`, [key]);
    return this.#decode(rows, id) as Promise<SampleEvent[]>;
  }

  async ofRun(run: number): Promise<RunEvent[]> {
    return this.#decode(
      await this.#server.read<EventRow>(`${SELECT} WHERE of = $1 ORDER BY seq`, [firstKey(run)]),
      undefined,
    );
  }

  async openCalls(key: number, id: string): Promise<CallFinished[]> {
    const ends = [REOPENED, REWOUND, FORK_JOINED].join(", ");
    const rows = await this.#server.read<EventRow>(
      `${SELECT} WHERE of = $1 AND seq > coalesce((SELECT max(seq) FROM mezzo.events WHERE of = $1 AND type IN (${ends})), 0)
         AND type IN (${CALL_FINISHED}, ${STEP_FINISHED}) ORDER BY seq DESC`,
      [key],
    );
    const events = (await this.#decode(rows, id)) as (CallFinished | StepFinished)[];
    const last = events.findIndex((event) => event.type === "step.finished" && event.branch === undefined);
    const open = last < 0 ? events : events.slice(0, last);
    const done = open.flatMap((event) => (event.type === "step.finished" ? [event] : []));
    const isDone = ({ node, visit }: CallFinished) => done.some((step) => step.node === node && step.visit === visit);
    return open.flatMap((event) => (event.type === "call.finished" && !isDone(event) ? [event] : [])).reverse();
  }

  async findReply(run: number, requestHash: string, nth: number): Promise<ChatReply | undefined> {
    const rows = await this.#server.read<EventRow>(
      `${SELECT} WHERE request = $1 AND of BETWEEN $2 AND $3 ORDER BY seq`,
      [...[requestKey(requestHash), firstKey(run), lastKey(run)]],
    );
    const calls = ((await this.#decode(rows, "")) as CallFinished[]).filter((call) => call.requestHash === requestHash);
    const call = calls[nth];
    return call && replyOf(call);
  }

  async findCached(requestHash: string): Promise<readonly CachedReply[]> {
    const rows = await this.#server.read<EventRow & { readonly run: Buffer }>(
      `SELECT e.type, e.body, r.run FROM mezzo.events e JOIN mezzo.runs r ON r.key = e.of >> 32
         WHERE e.request = $1 ORDER BY e.seq LIMIT $2`,
      [requestKey(requestHash), CACHED_AT_MOST],
    );
    const calls = (await this.#decode(rows, "")) as CallFinished[];
    return calls.flatMap((call, i) =>
      call.requestHash === requestHash ? [{ run: rows[i]!.run.toString(), role: call.role, reply: replyOf(call) }] : [],
    );
  }

  async #decode(rows: readonly EventRow[], sample: string | undefined): Promise<RunEvent[]> {
    const bodies = rows.map(({ type, body }) => ({ type, body: bodyOf(body) }));
    const decoder = await this.#texts.decoderOf(bodies.map(({ body }) => unpack(body)));
    return bodies.map(
      (row) => ({ ...decodeEvent(row, decoder), ...(sample === undefined ? {} : { sample }) }) as RunEvent,
    );
  }
}

function replyOf({ text, thinking, finish, usage, model }: CallFinished): ChatReply {
  return { text, ...(thinking === undefined ? {} : { thinking }), finish, usage, model };
}
