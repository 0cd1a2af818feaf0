/**
 * What a run came to, and how well that is founded. Samples are taken one by one and only counted, so that memory does
 * not grow with the run; what comes out is plain data, which `page.ts` draws and `--json` prints.
 *
 *   composition   how accepted chains came to be; every other outcome with its reasons
 *   rounds        what verdicts, student and acceptance said after each rewrite: repair rises, luck stays flat
 *   agreement     judge with judge, judge with student, loop with acceptance
 *   removed       what each filter took out, by how long the chain was
 *   evidence      what accepted chains rest on: rules, judge, student
 */
import type { Evidence, StepFinished } from "../../core/events.ts";
import { OUTCOMES, type Outcome, type Rating } from "../../core/sample.ts";
import { type Agreement, Pairs } from "./agreement.ts";
import { Counts, Grouped, likeReason } from "./counting.ts";
import { Difficulties, type LevelFigures } from "./difficulties.ts";
import { People, type PeopleFigures } from "./people.ts";
import { ProgramChecks, type ProgramFigures } from "./programs.ts";
import { LoopRounds, type Round } from "./rounds.ts";
import { type SurprisalFigures, Surprises } from "./surprises.ts";

export interface ReportedSample {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly domain?: string;
  /** The nodes whose rewrites are in the trace as it left: one that did not help and was taken back is not. */
  readonly shapedBy: readonly string[];
  /** The steps of its way, in order. */
  readonly steps: readonly StepFinished[];
  /** Tokens of the trace as it came and as it left, estimated; 0 where there was none. */
  readonly tokensBefore: number;
  readonly tokensAfter: number;
}

/** How an accepted chain came to be. */
export const ORIGINS = {
  born: "medium as it came",
  shortened: "shortened, then medium",
  expanded: "too terse, expanded",
  condensed: "too heavy, condensed",
  both: "expanded and condensed in turn",
} as const;
export type Origin = keyof typeof ORIGINS;

/** What a verdict rests on, from the firmest. */
export const GROUNDS = {
  "rules+student": "the student followed it, and rules checked the answer",
  student: "the student followed it; no reference answer",
  "rules+person": "a person approved it, and rules checked the answer",
  person: "a person approved it; no reference answer",
  "rules+judge": "a judge's opinion, and rules checked the answer",
  judge: "a judge's opinion alone; no reference answer",
  other: "a rating that came with the data",
} as const;
export type Ground = keyof typeof GROUNDS;

/** Lengths of the chain as it came, in tokens: the one sign of difficulty that every sample has. */
export const LENGTHS = ["under 500", "500 to 2,000", "2,000 to 8,000", "over 8,000"] as const;
export type Length = (typeof LENGTHS)[number];

export interface DomainTokens {
  readonly domain: string;
  readonly accepted: number;
  readonly before: number;
  readonly after: number;
}

export interface Removed {
  /** The node and the label it ended with. */
  readonly node: string;
  readonly label: string;
  readonly outcome: Outcome;
  readonly count: number;
  readonly byLength: Readonly<Record<Length, number>>;
}

export interface ReportFigures {
  readonly finished: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly origins: Readonly<Record<Origin, number>>;
  readonly reasons: readonly {
    readonly outcome: Outcome;
    readonly reasons: readonly { name: string; count: number }[];
  }[];
  readonly lengths: Readonly<Record<Length, number>>;
  readonly domains: readonly DomainTokens[];
  readonly rewrites: readonly { readonly rewrites: number; readonly accepted: number; readonly others: number }[];
  readonly rounds: readonly Round[];
  readonly votes: Agreement;
  readonly judgeAndStudent: Agreement;
  readonly acceptance: { readonly asked: number; readonly passed: number };
  readonly removed: readonly Removed[];
  readonly grounds: Readonly<Record<Ground, number>>;
  readonly programs: ProgramFigures;
  /** Of the samples that a student was asked about: how often it succeeded without and along the chain, and how many chains gave the answer away at last. */
  readonly asked: {
    readonly samples: number;
    readonly leaked: number;
    readonly alone: Share;
    readonly first: Share;
    readonly last: Share;
  };
  readonly people: PeopleFigures;
  readonly surprisal: SurprisalFigures;
  /** Empty where no graph's node measured difficulty. */
  readonly difficulty: readonly LevelFigures[];
}

export interface Share {
  readonly right: number;
  readonly tries: number;
}

const MOST_ROUNDS = 12;

export class ReportFold {
  #finished = 0;
  readonly #outcomes = new Counts();
  readonly #origins = new Counts();
  readonly #lengths = new Counts();
  readonly #grounds = new Counts();
  readonly #programs = new ProgramChecks();
  readonly #reasons = new Grouped(() => new Counts(300, "other reasons"));
  readonly #domains = new Grouped(() => ({ accepted: 0, before: 0, after: 0 }), 24);
  readonly #rewrites = new Grouped(() => ({ accepted: 0, others: 0 }), MOST_ROUNDS + 1);
  readonly #removed = new Grouped(() => new Counts(), 200);
  readonly #rounds = new LoopRounds(MOST_ROUNDS);
  readonly #votes = new Pairs(["easy", "medium", "hard", "abstained"]);
  readonly #both = new Pairs(["medium", "not medium"]);
  readonly #asked = { samples: 0, leaked: 0, alone: share(), first: share(), last: share() };
  readonly #acceptance = { asked: 0, passed: 0 };
  readonly #people = new People();
  readonly #surprisal = new Surprises();
  readonly #difficulties = new Difficulties();

  add(sample: ReportedSample): void {
    const { outcome, steps } = sample;
    this.#finished += 1;
    this.#outcomes.add(outcome);
    const length = lengthOf(sample.tokensBefore);
    this.#lengths.add(length);
    const rewrites = steps.filter(isRewrite).filter((step) => rated(steps, step)).length;
    this.#rewrites.at(String(Math.min(MOST_ROUNDS, rewrites)))[outcome === "accepted" ? "accepted" : "others"] += 1;
    if (outcome === "accepted") this.#addAccepted(sample);
    else {
      this.#reasons.at(outcome).add(likeReason(sample.reason));
      const last = steps.at(-1);
      this.#removed.at(`${last?.node ?? "start"}\t${last?.label ?? ""}\t${outcome}`).add(length);
    }
    this.#rounds.add(steps);
    this.#programs.add(steps);
    this.#addAgreement(steps);
    this.#addAsked(steps);
    this.#people.add(steps);
    this.#surprisal.add(steps, outcome);
    this.#difficulties.add(steps, sample);
  }

  #addAccepted({ steps, shapedBy, domain, tokensBefore, tokensAfter }: ReportedSample): void {
    this.#origins.add(originOf(steps, shapedBy));
    this.#grounds.add(groundOf(steps));
    const tokens = this.#domains.at(domain ?? "no domain given");
    tokens.accepted += 1;
    tokens.before += tokensBefore;
    tokens.after += tokensAfter;
  }

  #addAgreement(steps: readonly StepFinished[]): void {
    for (const [at, step] of steps.entries()) {
      const [first, second] = step.evidence?.votes ?? [];
      if (first !== undefined && second !== undefined) this.#votes.add(first, second);
      if (step.kind === "accept" && step.evidence?.votes !== undefined) {
        this.#acceptance.asked += 1;
        if (step.label === "passed") this.#acceptance.passed += 1;
      }
      const probe = step.evidence?.probe;
      const judge = probe && judgedBefore(steps, at);
      if (probe === undefined || judge === undefined || probe.found === "leaks") continue;
      const follows = probe.found === "follows" || probe.found === "alone";
      this.#both.add(judge === "medium" ? "medium" : "not medium", follows ? "medium" : "not medium");
    }
  }

  #addAsked(steps: readonly StepFinished[]): void {
    const probes = steps.flatMap(({ evidence }) => evidence?.probe ?? []);
    if (probes.length === 0) return;
    this.#asked.samples += 1;
    if (probes.at(-1)!.found === "leaks") this.#asked.leaked += 1;
    const add = (to: { right: number; tries: number }, tried: Share | undefined) => {
      to.right += tried?.right ?? 0;
      to.tries += tried?.tries ?? 0;
    };
    add(this.#asked.alone, probes.find(({ alone }) => alone !== undefined)?.alone);
    add(this.#asked.first, probes[0]!.chain);
    add(this.#asked.last, probes.at(-1)!.chain);
  }

  result(): ReportFigures {
    const byName = <K extends string>(names: readonly K[], counts: Counts) =>
      Object.fromEntries(names.map((name) => [name, counts.of(name)])) as Record<K, number>;
    return {
      finished: this.#finished,
      outcomes: byName(OUTCOMES, this.#outcomes),
      origins: byName(keysOf(ORIGINS), this.#origins),
      reasons: OUTCOMES.filter((outcome) => outcome !== "accepted" && this.#outcomes.of(outcome) > 0).map(
        (outcome) => ({
          outcome,
          reasons: this.#reasons.at(outcome).list().slice(0, 8),
        }),
      ),
      lengths: byName(LENGTHS, this.#lengths),
      domains: this.#domains
        .entries()
        .map(([domain, tokens]) => ({ domain, ...tokens }))
        .sort((a, b) => b.accepted - a.accepted),
      rewrites: this.#rewrites
        .entries()
        .map(([rewrites, counts]) => ({ rewrites: Number(rewrites), ...counts }))
        .sort((a, b) => a.rewrites - b.rewrites),
      rounds: this.#rounds.result(),
      votes: this.#votes.result(true),
      judgeAndStudent: this.#both.result(false),
      acceptance: { ...this.#acceptance },
      removed: this.#removed
        .entries()
        .map(([key, lengths]) => {
          const [node, label, outcome] = key.split("\t") as [string, string, Outcome];
          const byLength = byName(LENGTHS, lengths);
          return { node, label, outcome, count: Object.values(byLength).reduce((sum, n) => sum + n, 0), byLength };
        })
        .sort((a, b) => b.count - a.count),
      grounds: byName(keysOf(GROUNDS), this.#grounds),
      programs: this.#programs.result(),
      asked: this.#asked,
      people: this.#people.result(),
      surprisal: this.#surprisal.result(),
      difficulty: this.#difficulties.result(),
    };
  }
}

function share(): { right: number; tries: number } {
  return { right: 0, tries: 0 };
}

function keysOf<K extends string>(record: Readonly<Record<K, string>>): K[] {
  return Object.keys(record) as K[];
}

export function lengthOf(tokens: number): Length {
  return LENGTHS[tokens < 500 ? 0 : tokens < 2_000 ? 1 : tokens < 8_000 ? 2 : 3];
}

function isRewrite(step: StepFinished): boolean {
  return step.kind === "rewrite" && step.label === "written";
}

/** Was the trace rated before this step? Then the step is a repair, else it belongs to the collection. */
function rated(steps: readonly StepFinished[], step: StepFinished): boolean {
  return steps
    .slice(0, steps.indexOf(step))
    .some(({ evidence }) => evidence?.verdict !== undefined || evidence?.probe !== undefined);
}

function originOf(steps: readonly StepFinished[], shapedBy: readonly string[]): Origin {
  const directions = new Set<Rating>();
  let last: Rating | undefined;
  let shortened = false;
  for (const step of steps) {
    if (isRewrite(step) && shapedBy.includes(step.node)) {
      if (last === undefined) shortened = true;
      else if (last !== "medium") directions.add(last);
    }
    last = step.evidence?.verdict?.rating ?? last;
  }
  if (directions.size === 2) return "both";
  if (directions.has("easy")) return "expanded";
  if (directions.has("hard")) return "condensed";
  return shortened ? "shortened" : "born";
}

/** A text of the person's own is one that they approve of, too. */
function isApproval({ review }: Evidence): boolean {
  return review !== undefined && review.decided !== "rejected";
}

/** The firmest of the verdicts that called the accepted trace medium, since it was last rewritten. */
function groundOf(steps: readonly StepFinished[]): Ground {
  const from = steps.findLastIndex(isRewrite) + 1;
  const grounds = new Set(
    steps.slice(from).flatMap(({ evidence }) => (evidence?.verdict?.rating === "medium" ? evidence.restsOn : [])),
  );
  const rules = grounds.has("rules");
  if (grounds.has("student")) return rules ? "rules+student" : "student";
  const since = steps.slice(from).flatMap(({ evidence }) => evidence ?? []);
  if (since.some(isApproval)) return since.some(({ restsOn }) => restsOn.includes("rules")) ? "rules+person" : "person";
  if (grounds.has("judge")) return rules ? "rules+judge" : "judge";
  return "other";
}

/** What the last judge said of the very trace that the student was then asked about. */
function judgedBefore(steps: readonly StepFinished[], at: number): Rating | undefined {
  for (const step of steps.slice(0, at).reverse()) {
    if (isRewrite(step) || step.evidence?.probe !== undefined) return undefined;
    if (step.evidence?.votes !== undefined) return step.evidence.verdict?.rating;
  }
  return undefined;
}
