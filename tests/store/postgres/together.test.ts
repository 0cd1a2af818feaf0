import { expect, it } from "vitest";
import { Together } from "../../../src/store/postgres/together.ts";

it("asks in one question what comes in one moment, and together with the next what comes meanwhile", async () => {
  const asked: string[][] = [];
  const answers: PromiseWithResolvers<void>[] = [];
  const together = new Together<string>(async (keys) => {
    asked.push([...keys]);
    answers.push(Promise.withResolvers());
    await answers.at(-1)?.promise;
    return new Map(keys.filter((key) => key !== "none").map((key) => [key, key.toUpperCase()]));
  });
  const first = [together.ask("a"), together.ask("b"), together.ask("a")];
  await Promise.resolve();
  const later = [together.ask("a"), together.ask("none")];
  answers[0]?.resolve();
  expect(await Promise.all(first)).toEqual(["A", "B", "A"]);
  answers[1]?.resolve();
  expect(await Promise.all(later)).toEqual(["A", undefined]);
  expect(asked).toEqual([
    ["a", "b"],
    ["a", "none"],
  ]);
});

it("tells all who asked what went wrong, and goes on", async () => {
  let fails = true;
  const together = new Together<string>(async (keys) => {
    if (fails) throw new Error("away");
    return new Map(keys.map((key) => [key, key]));
  });
  const both = await Promise.allSettled([together.ask("a"), together.ask("b")]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  fails = false;
  expect(await together.ask("a")).toBe("a");
});
