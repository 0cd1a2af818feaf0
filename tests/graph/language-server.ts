/** The real yaml-language-server over standard input and output, as an editor talks to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

interface Sent {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

interface Published {
  readonly uri: string;
  readonly diagnostics: readonly { readonly range: { readonly start: Position }; readonly message: string }[];
}

interface Position {
  readonly line: number;
  readonly character: number;
}

export class LanguageServer {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (result: unknown) => void>();
  readonly #published = new Map<string, (found: Published) => void>();
  #received = Buffer.alloc(0);
  #asked = 0;
  #opened = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  static async start(): Promise<LanguageServer> {
    const program = join(ROOT, "node_modules/yaml-language-server/bin/yaml-language-server");
    const child = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "ignore"] });
    onTestFinished(() => void child.kill());
    const server = new LanguageServer(child);
    const hover = { contentFormat: ["markdown"] };
    const capabilities = { workspace: { configuration: true }, textDocument: { hover } };
    await server.#ask("initialize", { processId: process.pid, rootUri: pathToFileURL(ROOT).href, capabilities });
    server.#send({ method: "initialized", params: {} });
    return server;
  }

  /** Opens a text as if it stood in `graphs/`. Gives what is underlined: `line:column message`, from 1, in order. */
  async open(text: string): Promise<string[]> {
    const { diagnostics } = (await this.#open(text)).found;
    const sorted = [...diagnostics].sort((a, b) => a.range.start.line - b.range.start.line);
    return sorted.map(({ range, message }) => `${range.start.line + 1}:${range.start.character + 1} ${message}`);
  }

  /** What is offered where `|` stands in a text. */
  async complete(text: string): Promise<string[]> {
    const result = (await this.#askAt("textDocument/completion", text)) as { items?: { label: string }[] } | null;
    return (result?.items ?? []).map(({ label }) => label);
  }

  /** What is shown over the place where `|` stands in a text. */
  async hover(text: string): Promise<string> {
    const result = (await this.#askAt("textDocument/hover", text)) as { contents?: { value: string } } | null;
    return result?.contents?.value ?? "";
  }

  async #askAt(method: string, text: string): Promise<unknown> {
    const at = text.lastIndexOf("|");
    const before = text.slice(0, at).split("\n");
    const { uri } = await this.#open(text.slice(0, at) + text.slice(at + 1));
    const position: Position = { line: before.length - 1, character: before.at(-1)!.length };
    return this.#ask(method, { textDocument: { uri }, position });
  }

  async #open(text: string): Promise<{ uri: string; found: Published }> {
    const uri = pathToFileURL(join(ROOT, `graphs/opened-${++this.#opened}.yaml`)).href;
    const found = new Promise<Published>((resolve) => this.#published.set(uri, resolve));
    this.#send({
      method: "textDocument/didOpen",
      params: { textDocument: { uri, languageId: "yaml", version: 1, text } },
    });
    return { uri, found: await found };
  }

  #ask(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#asked;
    const answer = new Promise((resolve) => this.#answers.set(id, resolve));
    this.#send({ id, method, params });
    return answer;
  }

  #send(message: Sent): void {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.#child.stdin?.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.#child.stdin?.write(body);
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const head = this.#received.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(this.#received.subarray(0, head).toString())?.[1]);
      if (this.#received.length < head + 4 + length) return;
      const body = this.#received.subarray(head + 4, head + 4 + length).toString();
      this.#received = this.#received.subarray(head + 4 + length);
      this.#take(JSON.parse(body) as Sent);
    }
  }

  #take({ id, method, params, result }: Sent): void {
    if (method === "textDocument/publishDiagnostics") {
      const found = params as Published;
      this.#published.get(found.uri)?.(found);
    } else if (id !== undefined && method === undefined) {
      this.#answers.get(id)?.(result);
    } else if (method === "workspace/configuration") {
      const { items } = params as { items: { section: string }[] };
      const yaml = { validate: true, hover: true, completion: true, schemaStore: { enable: false } };
      this.#send({ id, result: items.map(({ section }) => (section === "yaml" ? yaml : null)) });
    } else if (id !== undefined) {
      this.#send({ id, result: null });
    }
  }
}
