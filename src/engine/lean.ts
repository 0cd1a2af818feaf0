/**
 * LangChain without the price of tracing that is off.
 *
 * Around every node and every edge, `runWithConfig` of `@langchain/core` configures a callback manager and makes a
 * LangSmith `RunTree` (random ids, dates, a dozen look-ups in the environment) only to carry the config in its `extra`.
 * That was a quarter of what a LangGraph step costs (bench/engine.ts). The method put in its place hands the config on
 * in a plain object: implicit configs, `interrupt()` and the reading of context variables work as before. Likewise
 * `_configureSync`, which reads half a dozen environment variables at each node to find that there is no one to call.
 *
 * It stands aside where somebody listens: with callbacks in the config, or tracing switched on, the original runs.
 * tests/engine/lean.test.ts pins the behaviour to the installed version.
 */
import { CallbackManager } from "@langchain/core/callbacks/manager";
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";

const CHILD_CONFIG = Symbol.for("lc:child_config");
const CONTEXT_VARIABLES = Symbol.for("lc:context_variables");

interface Provider {
  getInstance(): {
    getStore(): unknown;
    run<T>(store: unknown, callback: () => T): T;
  };
  runWithConfig<T>(config: unknown, callback: () => T, avoidCreatingRootRunTree?: boolean): T;
}

type Configure = (inheritable: unknown, local: unknown, ...rest: unknown[]) => unknown;
const manager = CallbackManager as unknown as { _configureSync: Configure };

let original: { readonly runWithConfig: Provider["runWithConfig"]; readonly configure: Configure } | undefined;

/** Puts the lean method in place, once per thread. Does nothing where `traced` says that runs are traced. */
export function makeLean(traced: boolean): void {
  const provider = AsyncLocalStorageProviderSingleton as unknown as Provider;
  if (traced || original !== undefined) return;
  const { runWithConfig: before } = provider;
  const { _configureSync: configure } = manager;
  original = { runWithConfig: before, configure };
  manager._configureSync = function _configureSync(inheritable, local, ...rest) {
    const nobody = inheritable === undefined && local === undefined;
    return nobody ? undefined : configure.call(CallbackManager, inheritable, local, ...rest);
  };
  provider.runWithConfig = function runWithConfig(config, callback, avoidCreatingRootRunTree) {
    if (hasListeners(config)) return before.call(provider, config, callback, avoidCreatingRootRunTree) as never;
    const storage = provider.getInstance();
    const previous = storage.getStore() as Record<symbol, unknown> | undefined;
    const store: Record<string | symbol, unknown> = { extra: { [CHILD_CONFIG]: config } };
    const variables = previous?.[CONTEXT_VARIABLES];
    if (variables !== undefined) store[CONTEXT_VARIABLES] = variables;
    return storage.run(store, callback);
  };
}

/** Calls back with a config that code inside finds without being handed it: `interrupt()`, `getWriter()`. */
export function withConfig<T>(config: unknown, callback: () => T): T {
  return (AsyncLocalStorageProviderSingleton as unknown as Provider).runWithConfig(config, callback);
}

/** Puts the original back; for tests. */
export function undoLean(): void {
  if (original === undefined) return;
  (AsyncLocalStorageProviderSingleton as unknown as Provider).runWithConfig = original.runWithConfig;
  manager._configureSync = original.configure;
  original = undefined;
}

const TRACES = ["LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2"];

/** LangSmith and LangChain trace, or tell all, when one of these says "true". */
export function isTraced(env: Readonly<Record<string, string | undefined>>): boolean {
  return [...TRACES, "LANGCHAIN_VERBOSE"].some((name) => env[name] === "true");
}

function hasListeners(config: unknown): boolean {
  const callbacks = (config as { callbacks?: unknown } | undefined)?.callbacks;
  if (callbacks === undefined || callbacks === null) return false;
  if (Array.isArray(callbacks)) return callbacks.length > 0;
  const { handlers, inheritableHandlers } = callbacks as { handlers?: unknown[]; inheritableHandlers?: unknown[] };
  return (handlers?.length ?? 1) > 0 || (inheritableHandlers?.length ?? 1) > 0;
}
