/**
 * A real browser without system packages: the Chromium of @sparticuz/chromium, driven by playwright-core. Its binary is
 * unpacked once into the temporary folder.
 */
import { realpathSync } from "node:fs";
import chromiumPackage from "@sparticuz/chromium";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";

/**
 * The package's arguments are made for a cloud function: in a single process, closing one page takes the browser along,
 * and with web security off a test of what leaves the page would prove nothing.
 */
const UNWANTED =
  /^--(single-process|no-zygote|disable-web-security|allow-running-insecure-content|disable-site-isolation-trials|disk-cache-size=.*|headless=.*)$/;

export async function openBrowser(): Promise<Browser> {
  chromiumPackage.setGraphicsMode = false;
  return chromium.launch({
    executablePath: realpathSync(await chromiumPackage.executablePath()),
    args: chromiumPackage.args.filter((arg) => !UNWANTED.test(arg)),
    headless: true,
  });
}

/** A context as a person's browser is: without LANG, Chromium's own locale is none that `Intl` knows. */
export function openContext(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  return browser.newContext({ locale: "en-US", viewport: { width: 1440, height: 900 }, ...options });
}
