/**
 * A compiled graph whose steps cost less.
 *
 * LangGraph runs a node as a chain of Runnables: its function, a writer that checks each field of what it returned, an edge
 * for commands, and the conditional edge, which reads the state anew through copies of its channels. Each merges configs,
 * opens an async context and waits. Together they were a quarter of what a call costs (bench/engine.ts), to come to a list of
 * writes that the step knows already: its fields, and the channel of the node it goes on to.
 *
 * So a node's task runs one function that gives that list to LangGraph's own `send`. All around it stays LangGraph's: which
 * task is next, retries, aborting, drains, checkpoints. The chain itself stays too, for `updateState`, which asks a node's
 * edges without running it. Both must come to the same writes: tests/engine/lean-graph.test.ts pins that, and the names
 * below, to the installed version.
 */
import { withConfig } from "./lean.ts";

/** A channel of the graph, and the value for it. */
export type Write = readonly [channel: string, value: unknown];

/** What a task gets to know: LangGraph's config, as far as we read it. */
export interface TaskConfig {
  readonly configurable?: Readonly<Record<string, unknown>>;
}

/** A node's task: the state in, its writes out. */
export type LeanTask = (
  state: Record<string, unknown>,
  config: TaskConfig,
) => readonly Write[] | Promise<readonly Write[]>;

/** LangGraph's config key for the function that takes a task's writes. */
const SEND = "__pregel_send";
/** Whoever reads the stream of a run is not told of tasks with this tag; nobody reads ours (compile.ts). */
const HIDDEN = "langsmith:hidden";

interface CompiledNode {
  mapper?: unknown;
  tags?: readonly string[];
  getNode(): unknown;
  getWriters(): readonly unknown[];
}

interface Compiled {
  readonly nodes: Readonly<Record<string, unknown>>;
  readonly channels: Readonly<Record<string, unknown>>;
  readonly inputChannels: unknown;
}

/** The channel that starts a node. */
export function wayTo(node: string): string {
  return `branch:to:${node}`;
}

/**
 * Lets a new thread begin at its first node: the input names channels, the way to that node among them. LangGraph would
 * make a step of its own, with its checkpoint and writes, of putting the input there.
 */
export function beginAtNodes(compiled: Compiled, start: string): void {
  const channels = Object.keys(compiled.channels).filter((name) => name !== start);
  (compiled as { inputChannels: string | readonly string[] }).inputChannels = channels;
}

/** Makes that node of a compiled graph run `task`, and nothing else. */
export function runLean(compiled: Compiled, name: string, task: LeanTask): void {
  const node = compiled.nodes[name] as CompiledNode;
  const writers = node.getWriters();
  const invoke = (state: Record<string, unknown>, config: TaskConfig) =>
    withConfig(config, async () => {
      const send = config.configurable?.[SEND] as (writes: readonly Write[]) => void;
      send(await task(state, config));
    });
  node.getNode = () => ({ invoke });
  // Otherwise joined anew for each task.
  node.getWriters = () => writers;
  // It copies the state to leave out what is not the node's; the task reads what it knows.
  node.mapper = undefined;
  node.tags = [...(node.tags ?? []), HIDDEN];
}

interface Channel {
  readonly lc_graph_name: string;
  isAvailable(): boolean;
  get(): unknown;
  checkpoint(): unknown;
  fromCheckpoint(checkpoint: undefined): Channel;
}

const quick = new WeakSet<object>();

/**
 * A channel says that it is empty by throwing. Most of a graph's are, at every step (a way to each node), and an error that
 * collects its stack costs more than all else that is done with a channel: these throw one and the same.
 */
export function emptyQuickly(compiled: Compiled): void {
  for (const channel of Object.values(compiled.channels) as Channel[]) {
    const shape = Object.getPrototypeOf(channel) as Channel;
    if (!["LastValue", "EphemeralValue"].includes(channel.lc_graph_name) || quick.has(shape)) continue;
    const empty = errorOf(() => channel.fromCheckpoint(undefined).get());
    if (empty === undefined) continue; // It has a default.
    quick.add(shape);
    const { get, checkpoint } = shape;
    shape.get = function (this: Channel) {
      if (!this.isAvailable()) throw empty;
      return get.call(this);
    };
    shape.checkpoint = function (this: Channel) {
      if (!this.isAvailable()) throw empty;
      return checkpoint.call(this);
    };
  }
}

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}
