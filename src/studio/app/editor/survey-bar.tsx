/** What an edit would do to a run before anyone pays for it: who would go back to where, how many calls, how much. */
import { useEffect, useState } from "react";
import type { RunList, Survey } from "../../api.ts";
import { refusalOf, send } from "../client.ts";
import { count, plural, usd } from "../format.ts";
import { plain } from "../parts/plain.tsx";
import { useRemote } from "../remote.ts";
import { setQuery } from "../router.ts";

interface Props {
  readonly graph: string;
  readonly texts: Readonly<Record<string, string>>;
  /** The plan that the text stands for, by its fingerprint; undefined while there are mistakes. */
  readonly plan: string | undefined;
  readonly query: URLSearchParams;
  /** Saves, and lets the run go on with the edited graph. */
  readonly rerun: (run: string) => Promise<void>;
}

const REST_MS = 500;

export function SurveyBar({ graph, texts, plan, query, rerun }: Props) {
  const all = useRemote<RunList>("/api/runs").data?.runs ?? [];
  const runs = all.filter((run) => run.graphFile === graph);
  const run = runs.find((each) => each.run === query.get("run")) ?? runs[0];
  const [found, setFound] = useState<{ readonly plan: string; readonly run: string; readonly survey: Survey }>();
  const [words, setWords] = useState("");
  const [isBusy, setBusy] = useState(false);
  const isOther = run !== undefined && plan !== undefined && run.plan !== plan;
  const name = run?.run;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the plan's fingerprint stands for all that was typed.
  useEffect(() => {
    if (!isOther || name === undefined) return;
    const mine = new AbortController();
    const timer = setTimeout(() => {
      send<Survey>("/api/survey", { path: graph, texts, run: name }, { signal: mine.signal }).then(
        (survey) => {
          setFound({ plan: plan!, run: name, survey });
          setWords("");
        },
        (thrown: unknown) => mine.signal.aborted || setWords(refusalOf(thrown).message),
      );
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      mine.abort();
    };
  }, [plan, name, isOther]);
  if (!isOther || run === undefined) return null;
  const survey = found?.plan === plan && found.run === run.run ? found.survey : undefined;
  return (
    <section className="survey row" aria-label="What this edit would do again">
      <span className="grow" role="status">
        {words !== "" ? (
          plain(words)
        ) : survey === undefined ? (
          "Counting what this edit would do again …"
        ) : (
          <Story survey={survey} />
        )}
      </span>
      <label className="row">
        <span className="quiet">in</span>
        <select
          className="field"
          value={run.run}
          onChange={(event) => setQuery({ run: event.target.value, sample: undefined }, { replace: true })}
        >
          {runs.map((each) => (
            <option key={each.run} value={each.run}>
              {plain(each.run)}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className="button"
        disabled={isBusy || survey === undefined || run.state === "running"}
        title={run.state === "running" ? "Pause the run first" : undefined}
        onClick={() => {
          setBusy(true);
          rerun(run.run)
            .catch((thrown: unknown) => setWords(refusalOf(thrown).message))
            .finally(() => setBusy(false));
        }}
      >
        {isBusy ? "Going on …" : "Save and rerun"}
      </button>
    </section>
  );
}

function Story({ survey }: { readonly survey: Survey }) {
  const touched = [...new Set(survey.changes.map(({ name }) => name))];
  const back = survey.back.reduce((sum, { samples }) => sum + samples, 0);
  const where = survey.back.slice(0, 3).map(({ to, samples }) => `${count(samples)} to ${plain(to)}`);
  return (
    <>
      This edit touches <strong>{touched.slice(0, 4).map(plain).join(", ") || "nothing that runs"}</strong>:{" "}
      <span className="num">
        {count(back)} of {plural(survey.samples, "sample")}
      </span>{" "}
      would go back{where.length > 0 ? ` (${where.join(", ")})` : ""}, about{" "}
      <span className="num">{plural(survey.calls, "call")}</span>
      {survey.costUsd > 0 ? <>, {usd(survey.costUsd)}</> : null}
      {survey.looked < survey.samples - survey.notStarted ? (
        <span className="quiet"> (from a look at {count(survey.looked)})</span>
      ) : null}
      .
    </>
  );
}
