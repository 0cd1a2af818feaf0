/** A sample's fields as text: as it came, and as it is now. */
import type { ShownState } from "../../api.ts";
import { Plain } from "../parts/plain.tsx";
import { Empty } from "../parts/states.tsx";
import { Said } from "./calls.tsx";
import type { Texts } from "./texts.ts";

export function StateView({
  title,
  state,
  texts,
}: {
  readonly title: string;
  readonly state: ShownState;
  readonly texts: Texts;
}) {
  const fields = Object.entries(state);
  return (
    <section className="state" aria-label={title}>
      <h2 className="quiet">{title}</h2>
      {fields.length === 0 ? <Empty title="Nothing" /> : null}
      {fields.map(([name, value]) => {
        if (isLong(value)) return <Said key={name} by={name} text={value} texts={texts} />;
        return (
          <p key={name} className="short">
            <span className="quiet">
              <Plain text={name} />
            </span>{" "}
            <span className="mono">
              <Plain text={typeof value === "string" ? value : JSON.stringify(value)} />
            </span>
          </p>
        );
      })}
    </section>
  );
}

function isLong(value: ShownState[string]): value is string | { readonly ref: string; readonly chars: number } {
  if (typeof value === "string") return value.length > 60 || value.includes("\n");
  return typeof value === "object" && value !== null && "ref" in value && "chars" in value;
}
