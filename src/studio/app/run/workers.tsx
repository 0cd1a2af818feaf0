/** Who works on this run, where many processes share it: a line each, as they tell of themselves every second. */
import type { RunPage as RunAnswer, WorkerRow } from "../../api.ts";
import { brief, count, plural, time, when } from "../format.ts";
import { plain } from "../parts/plain.tsx";

export function Workers({ run: { workers } }: { readonly run: RunAnswer }) {
  if (workers.length === 0) return null;
  // The newest sign of life of them all stands for now: the clocks of this machine and of the database may differ.
  const now = Math.max(...workers.map(({ heardAt }) => heardAt));
  const inFlight = workers.reduce((sum, worker) => sum + worker.inFlight, 0);
  return (
    <details className="workers" open>
      <summary>
        {plural(workers.length, "worker")}
        <span className="num quiet">{count(inFlight)} samples in flight</span>
      </summary>
      <div className="scrolls">
        <table>
          <thead>
            <tr>
              <th scope="col">worker</th>
              <th scope="col">host</th>
              <th scope="col" className="num">
                for
              </th>
              <th scope="col" className="num">
                in flight
              </th>
              <th scope="col" className="num">
                samples/min
              </th>
              <th scope="col" className="num">
                last heard of
              </th>
            </tr>
          </thead>
          <tbody>
            {workers.map((worker) => (
              <Row key={worker.id} worker={worker} now={now} />
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Row({ worker, now }: { readonly worker: WorkerRow; readonly now: number }) {
  const silentMs = Math.max(0, now - worker.heardAt);
  return (
    <tr className={worker.isSilent ? "is-silent" : undefined}>
      <th scope="row" className="cut">
        {plain(worker.name)}
      </th>
      <td className="cut">{plain(worker.host)}</td>
      <td className="num" title={when(worker.since)}>
        {time(Math.max(0, now - worker.since))}
      </td>
      <td className="num">{count(worker.inFlight)}</td>
      <td className="num">{brief(Math.round(worker.perMinute))}</td>
      <td className="num">
        {worker.isSilent ? `silent for ${time(silentMs)}` : silentMs < 3_000 ? "now" : time(silentMs)}
      </td>
    </tr>
  );
}
