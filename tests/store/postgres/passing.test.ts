import { createServer } from "node:net";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { passingTrouble } from "../../../src/store/postgres/failures.ts";

/** Takes connections, and never says a word. */
async function silentServer(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

it("takes a server that lets nobody in in time for one that is away", async () => {
  const config = { host: "127.0.0.1", port: await silentServer(), connectionTimeoutMillis: 30 };
  const pool = new pg.Pool(config);
  expect(passingTrouble(await pool.query("SELECT 1").catch((error: unknown) => error))).toBe("is away");
  const client = new pg.Client(config);
  expect(passingTrouble(await client.connect().catch((error: unknown) => error))).toBe("is away");
  await pool.end();
});
