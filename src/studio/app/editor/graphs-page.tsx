/** The graphs of this project, and the prompts beside them. */
import type { FileHead, FileList } from "../../api.ts";
import { ago } from "../format.ts";
import { useKeys } from "../keys.ts";
import { useLive } from "../live.ts";
import { Link } from "../parts/link.tsx";
import { Plain } from "../parts/plain.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { useRemote } from "../remote.ts";
import { go, to } from "../router.ts";
import { useMinute } from "../runs/runs-page.tsx";
import { Bar } from "../shell/top-bar.tsx";
import "./editor-page.css";

export default function GraphsPage() {
  useLive();
  const { data, error } = useRemote<FileList>("/api/files");
  useKeys("Graphs", [{ key: "u", does: "all runs", run: () => go(to.runs()) }]);
  return (
    <>
      <Bar crumbs={[{ text: "graphs" }]}>
        <Link href={to.runs()} className="button plain">
          Runs
        </Link>
      </Bar>
      <main className="graphs-page">
        {error === undefined || data !== undefined ? null : <Trouble error={error} />}
        {data === undefined && error === undefined ? <Loading what="the files" /> : null}
        {data?.graphs.length === 0 ? (
          <Empty title="No graphs here">
            <code className="mono">mezzo init</code> makes one to start from.
          </Empty>
        ) : null}
        <Files title="Graphs" files={data?.graphs ?? []} />
        <Files title="Inputs" files={data?.inputs ?? []} isPlain />
      </main>
    </>
  );
}

function Files({
  title,
  files,
  isPlain,
}: {
  readonly title: string;
  readonly files: readonly FileHead[];
  readonly isPlain?: boolean;
}) {
  const now = useMinute();
  if (files.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2 className="quiet">{title}</h2>
      <ul>
        {files.map((file) => (
          <li key={file.path} className="row">
            {isPlain ? (
              <span className="grow cut">
                <Plain text={file.path} />
              </span>
            ) : (
              <Link className="grow cut" href={to.editor(file.path)}>
                <Plain text={file.path} />
              </Link>
            )}
            <span className="num quiet">{(file.bytes / 1_000).toFixed(1)} kB</span>
            <span className="num quiet">{ago(file.changedAt, now)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
