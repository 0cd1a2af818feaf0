/** What went wrong behind the page: a run that was started from it has ended with an error, the store is gone. */
import { useStore } from "zustand";
import { dismiss, live } from "../live.ts";
import { Link } from "../parts/link.tsx";
import { Plain, plain } from "../parts/plain.tsx";
import { to } from "../router.ts";
import "./troubles.css";

export function Troubles() {
  const troubles = useStore(live, (state) => state.troubles);
  if (troubles.length === 0) return null;
  return (
    <section className="told-troubles" aria-label="What went wrong" role="alert">
      {troubles.map((trouble) => (
        <div key={`${trouble.at} ${trouble.run}`} className="told">
          <div className="row">
            <strong className="grow cut">
              {trouble.run === null ? "The studio" : <Link href={to.run(trouble.run)}>{plain(trouble.run)}</Link>}
            </strong>
            <button
              type="button"
              className="button plain small"
              aria-label="I have read it"
              onClick={() => dismiss(trouble)}
            >
              ✕
            </button>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
          <pre tabIndex={0}>
            <Plain text={trouble.message} />
          </pre>
        </div>
      ))}
    </section>
  );
}
