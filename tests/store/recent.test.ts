import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Recent } from "../../src/store/recent.ts";

it("remembers what was set or used within its limit, and not much more", () => {
  const key = fc.nat(40);
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300 }), (keys) => {
      const recent = new Recent<number, number>(10);
      for (const k of keys) if (recent.get(k) === undefined) recent.set(k, k * 2, 1);
      const lastUsed = [...new Set(keys.toReversed())];
      for (const k of lastUsed.slice(0, 10)) expect(recent.get(k)).toBe(k * 2);
    }),
  );
});

it("forgets what is large and old", () => {
  const recent = new Recent<string, string>(100);
  for (const k of ["a", "b", "c", "d"]) recent.set(k, k, 90);
  expect(["a", "b", "c", "d"].map((k) => recent.get(k))).toEqual([undefined, undefined, "c", "d"]);
});
