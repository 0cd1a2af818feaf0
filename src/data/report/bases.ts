/** Which of a report's figures are measured, and which are opinion: said in the page and in the data, figure by figure. */
import type { ReportFigures } from "./report.ts";

export type Basis = "measurement" | "partly opinion" | "opinion" | "nothing";

export interface Based {
  /** What is said. */
  readonly figure: string;
  readonly basis: Basis;
  readonly how: string;
}

export function basesOf({ grounds, asked, outcomes, acceptance, programs }: ReportFigures): Based[] {
  const { accepted } = outcomes;
  const unchecked = grounds.judge + grounds.student + grounds.person + grounds.other;
  const followed = grounds["rules+student"] + grounds.student;
  const looked = grounds["rules+person"] + grounds.person;
  const of = (part: number) => `${part.toLocaleString("en-US")} of ${accepted.toLocaleString("en-US")}`;
  return [
    { figure: "outcomes, tokens, calls and cost", basis: "measurement", how: "counted" },
    {
      figure: "the final answers of accepted chains",
      basis: basisOf(accepted - unchecked, accepted),
      how:
        unchecked === 0
          ? `compared with the reference by rules${programs.passed > 0 ? ", programs run against their tests" : ""}`
          : `${of(unchecked)} have no reference to be held to`,
    },
    {
      figure: "that accepted chains can be followed",
      basis: basisOf(followed, accepted),
      how:
        followed === accepted
          ? "the student reached the answer along each, with the answer blanked out"
          : wordsFor({ people: looked, judges: accepted - followed - looked }, of),
    },
    {
      figure: "whether a chain was too terse or too heavy",
      basis: asked.samples > 0 ? "measurement" : "opinion",
      how: asked.samples > 0 ? "decided by trying both on the student" : "a judge's word",
    },
    {
      figure: "that it is repair, and not luck",
      basis: asked.samples > 0 ? "measurement" : acceptance.asked > 0 ? "opinion" : "nothing",
      how:
        asked.samples > 0
          ? "the student's success by round"
          : acceptance.asked > 0
            ? "a fresh acceptance after the loop, by a judge"
            : "no fresh acceptance and no student in this run",
    },
  ];
}

function wordsFor({ people, judges }: { people: number; judges: number }, of: (part: number) => string): string {
  const parts = [
    ...(people > 0 ? [`a person's word for ${of(people)}`] : []),
    ...(judges > 0 || people === 0 ? [`a judge's word for ${of(judges)}`] : []),
  ];
  return parts.join(", ");
}

function basisOf(measured: number, all: number): Basis {
  if (all === 0) return "nothing";
  return measured === all ? "measurement" : measured === 0 ? "opinion" : "partly opinion";
}
