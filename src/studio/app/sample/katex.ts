/** KaTeX and its fonts, in a file of their own: they are loaded with the first formula. */
import katex from "katex";
import "katex/dist/katex.min.css";

/** Draws into the element and marks it as drawn; leaves it empty where the source is no formula that KaTeX knows. */
export function drawFormula(element: HTMLElement, tex: string, displayMode: boolean): void {
  try {
    katex.render(tex, element, {
      displayMode,
      throwOnError: true,
      trust: false,
      strict: "ignore",
      maxExpand: 500,
      maxSize: 30,
    });
    element.dataset.drawn = "yes";
  } catch {
    element.replaceChildren(); // Not a formula after all: its source is what there is to read.
  }
}
