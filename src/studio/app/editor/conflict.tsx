/** Someone else has written the file since it was opened here. Nothing is thrown away before someone chooses. */
import { plain } from "../parts/plain.tsx";
import type { Desk, Sheet } from "./desk.ts";

export function Conflict({ desk, sheet }: { readonly desk: Desk; readonly sheet: Sheet }) {
  return (
    <div className="conflict" role="alert">
      <p>
        <strong>{plain(sheet.path)} was changed on disk</strong> since you opened it here.
      </p>
      <div className="row">
        <button type="button" className="button small" onClick={() => void desk.takeTheirs(sheet.path)}>
          Take theirs, drop mine
        </button>
        <button type="button" className="button small" onClick={() => void desk.save(sheet.path, { overThem: true })}>
          Save mine over it
        </button>
      </div>
    </div>
  );
}
