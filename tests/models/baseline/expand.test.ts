import { describe, expect, it } from "vitest";
import { expandTrace } from "../../../src/models/baseline/expand.ts";

const PROBLEM = "A hall is 24 m long and 36 m wide. Tiles cost 5 euros per square metre. What do the tiles cost?";

describe("expandTrace", () => {
  it("quotes the given and spells out the sum", () => {
    expect(expandTrace(PROBLEM, "24*36*5 = 4320.\n\nThe answer is 4320.")).toBe(
      'The problem says: "A hall is 24 m long and 36 m wide." "Tiles cost 5 euros per square metre." ' +
        "24*36*5 = 4320. Step by step: 24 × 36 = 864 and 864 × 5 = 4320.\n\nThe answer is 4320.",
    );
  });

  it("leaves alone what it can't vouch for", () => {
    const trace = "By the table C(24, 5) = 42504 and 24*36*5 = 4300, so x = 2y + 3.\n\nThe answer is 4320.";
    const text = expandTrace(PROBLEM, trace);
    expect(text).toContain(trace);
    expect(text).not.toMatch(/Step by step|In parts/);
  });

  it("adds nothing the second time", () => {
    const once = expandTrace(PROBLEM, "24*36*5 = 4320.\n\nThe answer is 4320.");
    expect(expandTrace(PROBLEM, once)).toBe(once);
  });

  it("never writes inside code", () => {
    const code = "```py\nprint(24*36*5 = 4320)\n```";
    expect(expandTrace(PROBLEM, `${code}\n\nDone.`)).toContain(code);
  });

  it("does not quote what the step says itself", () => {
    const text = expandTrace(
      PROBLEM,
      "The hall is 24 m long and 36 m wide, so its area is 24 * 36 = 864.\n\nThe answer is 864.",
    );
    expect(text).not.toContain("The problem says");
    expect(text).toContain("In parts: 36 × 20 = 720 and 36 × 4 = 144; together 720 + 144 = 864.");
  });
});
