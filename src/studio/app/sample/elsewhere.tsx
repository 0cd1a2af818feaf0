/** The same sample in other runs: what became of it there, and a way to it. */
import type { Elsewhere } from "../../api.ts";
import { addressOf } from "../client.ts";
import { Link } from "../parts/link.tsx";
import { Word } from "../parts/marks.tsx";
import { Menu } from "../parts/menu.tsx";
import { plain } from "../parts/plain.tsx";
import { useRemote } from "../remote.ts";
import { to } from "../router.ts";

export function ElsewhereMenu({ run, sample }: { readonly run: string; readonly sample: string }) {
  const { data } = useRemote<Elsewhere>(addressOf("/api/elsewhere", { run, sample }));
  if (data === undefined || data.runs.length === 0) return <p className="quiet">In no other run.</p>;
  return (
    <Menu label={`In ${data.runs.length} other ${data.runs.length === 1 ? "run" : "runs"}`}>
      {data.runs.map((other) => (
        <div key={other.run} className="choice">
          <Link href={to.sample(other.run, sample)} className="cut">
            {plain(other.run)}
          </Link>
          <Word of={other.row.outcome ?? other.row.person ?? "unfinished"} />
          <Link href={to.compare(run, other.run)} className="num">
            compare runs
          </Link>
        </div>
      ))}
    </Menu>
  );
}
