/**
 * Where the job's model is, as a graph may say it: address and key by name. A key that is written out is never copied, nor
 * shown; a password inside an address is one too.
 */
import type { Note } from "./job.ts";
import { bracedVariables, type Fields, fieldsAt, firstNumber, firstText } from "./job-fields.ts";

export interface Endpoint {
  readonly model: string;
  readonly baseUrl: string;
  /** `${NAME}`; absent where the job loaded the model itself: a server of one's own asks for none. */
  readonly apiKey?: string;
  readonly inFlight?: number;
  readonly totalMs?: number;
  /** Variables that have to be set before the graph runs. */
  readonly needs: readonly string[];
  readonly notes: readonly Note[];
}

const VARIABLE = /^\$\{(\w+)\}$/;
/** What the toolkit's own examples write where an address or key belongs. */
const PLACEHOLDER = /^(ENDPOINT|TOKEN|EMPTY|YOUR[_A-Z0-9]*|your[-_a-z0-9]*|<[^>]*>|x{3,})$/;
const LOCAL = "http://127.0.0.1:8000/v1";

export function endpointOf(job: Fields): Endpoint {
  const backend = fieldsAt(job, "backend");
  const inference = fieldsAt(job, "inference");
  const notes: Note[] = [];
  const teacher = firstText(fieldsAt(job, "models").teacher);
  const isLocal = Object.keys(backend).length === 0 && firstText(inference.base_url) === undefined;
  const wanted = firstText(backend.model_id, isLocal ? teacher?.replace(/\/+$/, "") : undefined);
  if (wanted === undefined) {
    notes.push({
      code: "model-not-named",
      says: "the job names no model: the toolkit took whichever its server listed first",
      done: "the graph takes ${TEACHER_MODEL}; set it to the model's name",
    });
  }
  if (isLocal) {
    notes.push({
      code: "model-was-loaded",
      says: "the job loads its model into its own process",
      done: `the graph asks a server at \${TEACHER_BASE_URL}, by default ${LOCAL}, such as: vllm serve ${wanted ?? "MODEL"}`,
    });
  }
  const model = bracedVariables(wanted ?? "${TEACHER_MODEL}");
  const baseUrl = isLocal ? `\${TEACHER_BASE_URL:-${LOCAL}}` : addressOf(backend, inference, notes);
  const apiKey = isLocal ? undefined : keyOf(firstText(backend.api_key, backend.token, inference.api_key), notes);
  const seconds = firstNumber(backend.timeout);
  const inFlight = firstNumber(
    fieldsAt(job, "cot").max_workers,
    fieldsAt(job, "eval").max_workers,
    backend.max_workers,
  );
  return {
    model,
    baseUrl,
    apiKey,
    ...(inFlight !== undefined && inFlight >= 1 ? { inFlight: Math.floor(inFlight) } : {}),
    ...(seconds !== undefined && seconds > 0 ? { totalMs: Math.round(seconds * 1000) } : {}),
    needs: namesIn(`${model} ${baseUrl} ${apiKey ?? ""}`),
    notes,
  };
}

function addressOf(backend: Fields, inference: Fields, notes: Note[]): string {
  const written = firstText(backend.base_url, backend.endpoint_url, inference.base_url);
  if (written === undefined || PLACEHOLDER.test(written.trim())) {
    const known = backend.type === "openai" ? "https://api.openai.com/v1" : undefined;
    return known === undefined ? "${TEACHER_BASE_URL}" : `\${TEACHER_BASE_URL:-${known}}`;
  }
  const text = bracedVariables(written.trim());
  if (text.includes("${")) return text;
  if (!URL.canParse(text)) return "${TEACHER_BASE_URL}";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    notes.push({
      code: "key-in-file",
      says: "the address carries a name, a password or a query",
      done: "left out of the graph; if it was a key, get a new one",
    });
    url.username = "";
    url.password = "";
    url.search = "";
  }
  return `\${TEACHER_BASE_URL:-${url.href.replace(/\/+$/, "")}}`;
}

function keyOf(written: string | undefined, notes: Note[]): string {
  const named = written === undefined ? undefined : VARIABLE.exec(bracedVariables(written.trim()))?.[1];
  if (named !== undefined) return `\${${named}}`;
  if (written !== undefined && !PLACEHOLDER.test(written.trim())) {
    notes.push({
      code: "key-in-file",
      says: "a key is written out in the job file",
      done: "not copied: the graph reads ${TEACHER_API_KEY}; files are shared and committed, so get a new key",
    });
  }
  return "${TEACHER_API_KEY}";
}

function namesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]!))];
}
