/**
 * HTML put together from a template, with every value escaped unless it is HTML made here: what models and data sets
 * wrote can't become markup, wherever in the page it stands.
 */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | readonly Html[];

export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = strings[0] ?? "";
  for (const [at, value] of values.entries()) text += textOf(value) + (strings[at + 1] ?? "");
  return new Html(text);
}

function textOf(value: Value): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(({ text }) => text).join("");
  return escapeText(String(value));
}

/** Control characters and those that turn the direction of writing are made visible: a page must read as it is. */
function escapeText(text: string): string {
  return text
    .replace(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu, "\uFFFD")
    .replace(/[&<>"'`]/g, (char) => `&#${char.charCodeAt(0)};`);
}

export const NOTHING = new Html("");

/** The opening of a box that a wide table can be moved in, by keys as well. */
export const SCROLL = new Html('<div class="scroll" tabindex="0" role="group" aria-label="table">');
