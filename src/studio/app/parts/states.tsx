/** What a view shows when it has nothing, nothing yet, or trouble. */
import type { ReactNode } from "react";
import type { Refused } from "../client.ts";
import { Plain } from "./plain.tsx";

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children === undefined ? null : <div>{children}</div>}
    </div>
  );
}

export function Trouble({ error }: { readonly error: Refused }) {
  return (
    <div className="trouble" role="alert">
      <p>
        <strong>{error.code}</strong> <Plain text={error.message} />
      </p>
      {error.hint === undefined ? null : (
        <p className="quiet">
          <Plain text={error.hint} />
        </p>
      )}
      {error.diagnostics.map((diagnostic) => (
        <p key={`${diagnostic.place?.line}:${diagnostic.place?.column}:${diagnostic.message}`} className="mono">
          {diagnostic.place === undefined
            ? ""
            : `${diagnostic.place.file}:${diagnostic.place.line}:${diagnostic.place.column} `}
          <Plain text={diagnostic.message} />
        </p>
      ))}
    </div>
  );
}

/** For the first moment only: after that, old data stays. Says nothing at once, so that quick answers don't flicker. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <div className="empty is-loading" aria-busy="true">
      <span className="unseen">Loading {what}</span>
    </div>
  );
}
