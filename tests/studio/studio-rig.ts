/**
 * What the tests of the page stand on: one project, one model server, one studio and one browser for a whole file, since
 * each of them takes a second to start. A visit is a person: a context of their own, watched for everything that a page
 * must not do.
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { appleRows, type Going, Rig } from "../rig.ts";
import { openBrowser, openContext } from "./browser.ts";

export interface Visit {
  readonly page: Page;
  /** What the page did that it should not: errors, messages of the browser, requests to anybody else. */
  readonly faults: string[];
  go(path: string): Promise<void>;
}

export class Studio {
  readonly rig: Rig;
  readonly browser: Browser;
  url = "";
  #server: Going | undefined;
  readonly #visits: Page[] = [];

  private constructor(rig: Rig, browser: Browser) {
    this.rig = rig;
    this.browser = browser;
  }

  /** A project with samples in `samples.jsonl`, its studio not yet started. */
  static async open(samples: number): Promise<Studio> {
    const rig = new Rig(await mkdtemp(join(tmpdir(), "mezzo-studio-")));
    await rig.write("samples.jsonl", appleRows(samples));
    return new Studio(rig, await openBrowser());
  }

  async start(port = 0): Promise<void> {
    this.#server = this.rig.start("studio", "--port", String(port));
    this.url = await this.#server.says("Ctrl-C").then(() => this.#address());
  }

  /** The server ends; pages that are open stay open. */
  async stop(): Promise<void> {
    this.#server?.child.kill("SIGINT");
    await this.#server?.ended;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** The address as it says it to people. */
  async #address(): Promise<string> {
    const said = this.#server!.said();
    return /http:\/\/[\w.:[\]]+/.exec(said)![0].replace(/\/$/, "");
  }

  async visit(options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await openContext(this.browser, options);
    const page = await context.newPage();
    this.#visits.push(page);
    page.setDefaultTimeout(15_000);
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => {
      // Whether to leave an editor without saving is the browser's own question; a test that leaves means it.
      if (dialog.type() !== "beforeunload") faults.push(`dialog: ${dialog.message()}`);
      dialog.accept().catch(() => undefined);
    });
    page.on("console", (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) faults.push(`browser: ${message.text()}`);
    });
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== this.url && protocol !== "blob:") faults.push(`request: ${request.url()}`);
    });
    const go = async (path: string) => {
      await page.goto(this.url + path, { waitUntil: "domcontentloaded" });
      await page.locator(".top-bar").waitFor();
    };
    return { page, faults, go };
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.stop();
    await this.rig.close();
  }
}
