import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkUsable } from "../../src/nodes/usable.ts";
import { toReply } from "./asking.ts";

const problem = "A train leaves at 14:05 and arrives at 17:50. It covers 300 km. What is its mean speed in km/h?";
const trace =
  "The train travels from 14:05 to 17:50, which is 3 hours 45 minutes, or 3.75 hours.\n\n" +
  "Its mean speed is the distance over the time: 300 / 3.75 = 80.\n\nThe answer is \\boxed{80} km/h.";

const longer =
  "To see that this makes sense: at 80 km/h three hours bring the train 240 km, and the 45 minutes after them, being " +
  "three quarters of an hour, another 60 km. Together that is 300 km, which is what it covers. At 75 km/h it would have " +
  "taken four hours and arrived at 18:05, so 75 is too slow; at 100 km/h it would have been there at 17:05. The mean lies " +
  "between the two and fits the timetable, so nothing is left to check.";

/** Signs drawn one after another, the same each time, that no press can shorten. */
function scatter(signs: string, length: number): string {
  let seed = 7;
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return signs[seed % signs.length];
  }).join("");
}

const why = (text: string, about = problem) => {
  const checked = checkUsable(toReply(text), about);
  return checked.usable ? "usable" : checked.why;
};

describe("refuses a reply that", () => {
  test.each([
    ["is empty", "", "empty"],
    ["is blank", " \n\t ", "empty"],
    ["holds a lost character", `${trace} \uFFFD`, "broken characters"],
    ["holds half a character", `${trace} \ud83d`, "broken characters"],
    ["lost a backslash to an escape", trace.replace("\\boxed", "\boxed"), "broken characters"],
    ["was decoded wrongly", `${trace} It isnâ€™t more, and it wasnâ€™t less.`, "broken characters"],
    ["holds a chat's control tokens", `${trace}<|im_end|>\n<|im_start|>user`, "control tokens"],
    ["is a web page", "<!DOCTYPE html><html><body>80 km/h train</body></html>", "web page"],
    ["is an object", '{"answer": 80, "speed": "the train"}', "JSON"],
    ["is a fenced object", '```json\n{"answer": 80}\n```', "JSON"],
    ["is the beginning of an object", '{"rating": "med', "JSON"],
    ["is a gateway's error", "502 Bad Gateway", "error message"],
    ["is a limit's error", "Error 429: Too Many Requests. Try again in 20 seconds.", "error message"],
    ["declines", "I'm sorry, but I can't help with that train.", "declined"],
    ["declines in Chinese", "抱歉，我无法回答这个问题。", "declined"],
    ["declines as a model", "As a large language model I do not travel on trains at 80 km/h.", "declined"],
    ["is one sign over and over", "!".repeat(500), "repeats itself"],
    ["ends in a loop", `${trace}\n${"Wait, let me check the speed again. ".repeat(40)}`, "repeats itself"],
    [
      "loops in the middle",
      `${trace}\n${"So the train takes 3.75 hours, and 300 / 3.75 is 80. ".repeat(150)}\n\\boxed{80}`,
      "repeats itself",
    ],
    ["ends in signs", `${trace}\n${scatter("#}]>%~*&{[<^|=+-", 900)}`, "hardly made of"],
    ["is signs", "€▓ ]]> }{ %%% ░░ << >>", "hardly made of"],
    ["is a greeting", "Hello! How can I help you today?", "nothing to do"],
    ["only agrees", "Sure!", "nothing to do"],
    [
      "is filler",
      "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua.",
      "nothing to do",
    ],
    [
      "is about something else",
      "The Renaissance began in Florence, where merchants paid painters and architects whose workshops shaped the taste of courts and churches throughout Europe.",
      "nothing to do",
    ],
  ])("%s", (_what, text, reason) => {
    expect(why(text)).toContain(reason);
  });

  test("was cut off, or stopped by a filter, whatever it says", () => {
    expect(checkUsable(toReply({ text: trace, finish: "length" }), problem).usable).toBe(false);
    expect(checkUsable(toReply({ text: trace, finish: "filter" }), problem).usable).toBe(false);
  });
});

describe("takes", () => {
  test.each([
    ["a trace", trace],
    ["a boxed answer alone", "\\boxed{80}"],
    ["a short sentence", "The answer is 80 km/h."],
    ["an equation", "v = 80"],
    ["a choice", "B"],
    ["a list of numbers", "[80, 75]"],
    ["a trace that says sorry on its way", `Sorry, let me begin again with the 300 km. ${trace} ${longer}`],
    ["LaTeX with hardly a word", "\\[v=\\frac{s}{t}=\\frac{300}{3+\\frac{45}{60}}=\\frac{300}{3.75}=\\boxed{80}\\]"],
    [
      "a program",
      "```python\nfrom datetime import timedelta\ntrain_time = timedelta(hours=3, minutes=45)\nspeed = 300 / (train_time.total_seconds() / 3600)\nprint(speed)\n```",
    ],
    [
      "Chinese about an English problem",
      "火车从14:05到17:50，一共行驶3小时45分钟，也就是3.75小时。路程是300公里，所以平均速度是300除以3.75，等于80。答案是80。",
    ],
  ])("%s", (_what, text) => {
    expect(why(text)).toBe("usable");
  });

  test("Chinese about a Chinese problem", () => {
    const question = "一列火车在14:05出发，17:50到达，行驶300公里。平均速度是多少？";
    expect(why("火车行驶3小时45分钟，即3.75小时。平均速度为300÷3.75＝80公里每小时。", question)).toBe("usable");
  });

  test("any text without throwing, in time", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 3_000 }),
        fc.string(),
        (text, about) => void checkUsable(toReply(text), about),
      ),
    );
    for (const text of [
      "{".repeat(200_000),
      '"'.repeat(200_000),
      "a ".repeat(300_000),
      "\\".repeat(200_000),
      `[${"1,".repeat(100_000)}`,
    ]) {
      const began = performance.now();
      checkUsable(toReply(text), problem);
      expect(performance.now() - began).toBeLessThan(2_000);
    }
  });
});

const shared = join(import.meta.dirname, "../../../shared/data");
const files = ["math_long", "code_long", "science_long", "concise", "edge"].map((name) =>
  join(shared, `traces_${name}.jsonl.gz`),
);
const present = files.every((file) => existsSync(file));
if (!present)
  console.warn("SKIPPED: ../shared/data is not there, so no real trace is checked (tests/nodes/usable.test.ts)");

test.skipIf(!present)("takes at least 999 of 1,000 real traces, every chain and every final text", () => {
  const rows = files.flatMap((file) => gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n"));
  const refused: string[] = [];
  let checked = 0;
  for (const row of rows) {
    const { id, problem: about, reasoning, response } = JSON.parse(row) as Record<string, string>;
    for (const text of [reasoning, response]) {
      if (text === undefined || text === "") continue;
      checked += 1;
      const result = why(text, about);
      if (result !== "usable") refused.push(`${id}: ${result}`);
    }
  }
  expect(checked).toBeGreaterThan(2_000);
  expect(refused.length, refused.join("\n")).toBeLessThanOrEqual(checked / 1_000);
});
