/** What the page remembers of the server's answers. */
import { afterEach, expect, it, vi } from "vitest";

/** By its address: the page is checked with the browser's types, and this with those of Node. */
const { fetchOnce } = (await import(new URL("../../src/studio/app/remote.ts", import.meta.url).href)) as {
  fetchOnce(address: string): Promise<unknown>;
};

afterEach(() => vi.unstubAllGlobals());

it("goes on asking and remembering after more addresses than it keeps, the newest of them", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (address: string) => {
    asked.push(address);
    return new Response(JSON.stringify({ address }), { headers: { "content-type": "application/json" } });
  });
  const addresses = Array.from({ length: 300 }, (_, n) => `/api/samples?from=${n}`);
  for (const address of addresses) expect(await fetchOnce(address)).toEqual({ address });
  await fetchOnce(addresses.at(-1)!);
  expect(asked).toEqual(addresses);
  await fetchOnce(addresses[0]!);
  expect(asked).toHaveLength(301);
});
