import { expect, it } from "vitest";
import { partThinking } from "../../src/models/thinking.ts";

it.each([
  ["no thinking", "4", "4", ""],
  ["a block before the answer", "<think>\n2 + 2\n</think>\n\n4", "4", "2 + 2"],
  ["an empty block", "<think>\n\n</think>\n\n4", "4", ""],
  ["a block that never closes", "<think>2 + 2 is", "", "2 + 2 is"],
  ["a block opened by the template", "2 + 2\n</think>\n4", "4", "2 + 2"],
  ["two blocks", "<think>a</think>\nfirst\n<think>b</think>\nsecond", "first\n\nsecond", "a\n\nb"],
  ["a tag quoted in a sentence", "The tag `<think>` opens it.", "The tag `<think>` opens it.", ""],
])("parts %s", (_, content, text, thinking) => {
  expect(partThinking(content)).toEqual({ text, thinking });
});
