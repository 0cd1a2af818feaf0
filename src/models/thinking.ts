/**
 * Thinking text, parted from the answer. Servers put it in a field of its own, or leave `<think>` tags in the content;
 * chat templates often write the opening tag themselves, so that a reply begins in mid-thought and only closes.
 */
export interface Parted {
  readonly text: string;
  readonly thinking: string;
}

const OPEN = "<think>";
const CLOSE = "</think>";

/**
 * Tags count only where a model thinks: at the beginning of the reply, or at the beginning of a line. A tag quoted in
 * the middle of a sentence stays where it is. A block that never closes is thinking to the end.
 */
export function partThinking(content: string): Parted {
  if (!content.includes("think>")) return { text: content, thinking: "" };
  const firstClose = content.indexOf(CLOSE);
  const firstOpen = content.indexOf(OPEN);
  // Begun inside the template: everything up to the first closing tag is thinking.
  const begun = firstClose !== -1 && (firstOpen === -1 || firstOpen > firstClose);
  const thoughts: string[] = begun ? [content.slice(0, firstClose)] : [];
  let rest = begun ? content.slice(firstClose + CLOSE.length) : content;
  let text = "";
  for (let at = nextBlock(rest); at !== -1; at = nextBlock(rest)) {
    text += rest.slice(0, at);
    const close = rest.indexOf(CLOSE, at);
    thoughts.push(rest.slice(at + OPEN.length, close === -1 ? undefined : close));
    rest = close === -1 ? "" : rest.slice(close + CLOSE.length);
  }
  if (thoughts.length === 0) return { text: content, thinking: "" };
  return {
    text: (text + rest).trim(),
    thinking: thoughts
      .map((thought) => thought.trim())
      .join("\n\n")
      .trim(),
  };
}

function nextBlock(text: string): number {
  for (let at = text.indexOf(OPEN); at !== -1; at = text.indexOf(OPEN, at + 1)) {
    const lineStart = text.lastIndexOf("\n", at) + 1;
    if (text.slice(lineStart, at).trim() === "") return at;
  }
  return -1;
}
