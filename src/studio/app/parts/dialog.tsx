import { type ReactNode, useEffect, useRef } from "react";
import "./dialog.css";

/** A window over the page: the browser's own, so that focus stays inside, Escape closes it, and the rest is inert. */
export function Dialog(props: { readonly title: string; readonly close: () => void; readonly children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current!.showModal();
    // To what there is to fill in or to decide, not to the cross in the corner.
    dialog.current!.querySelector<HTMLElement>(".body :is(input, select, button)")?.focus();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-label={props.title} onClose={props.close}>
      <header className="row">
        <h2 className="grow">{props.title}</h2>
        <button type="button" className="button plain small" aria-label="Close" onClick={() => dialog.current?.close()}>
          ✕
        </button>
      </header>
      {props.children}
    </dialog>
  );
}
