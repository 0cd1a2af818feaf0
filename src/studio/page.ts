/**
 * The page's files, as the build left them (dist/studio). Names of assets hold a hash of their content, so a browser keeps
 * them for ever; the page itself is made for each who asks: it holds the token for changes.
 */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import type { Context } from "hono";
import { MezzoError } from "../core/errors.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
const PACKED = /^\.(css|js|json|map|svg)$/;
const compress = promisify(brotliCompress);

interface Asset {
  readonly type: string;
  readonly body: Buffer<ArrayBuffer>;
  packed?: Promise<Buffer<ArrayBuffer>>;
}

export class PageFiles {
  readonly #assets = new Map<string, Asset>();
  readonly #html: string | undefined;

  /** All files are read at the start: nothing that is asked for ever names a file. */
  constructor(folder: string) {
    for (const path of filesIn(folder)) {
      const type = TYPES[extname(path)];
      if (type === undefined || path === "index.html") continue;
      this.#assets.set(`/${path}`, { type, body: readFileSync(join(folder, path)) });
    }
    this.#html = readOrNothing(join(folder, "index.html"));
  }

  async asset(context: Context): Promise<Response | undefined> {
    const asset = this.#assets.get(context.req.path);
    if (asset === undefined) return undefined;
    context.header("content-type", asset.type);
    const isHashed = /[-.][\w-]{8,}\.\w+$/.test(context.req.path);
    context.header("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
    const isPacked =
      PACKED.test(extname(context.req.path)) && /\bbr\b/.test(context.req.header("accept-encoding") ?? "");
    if (!isPacked) return context.body(asset.body);
    asset.packed ??= compress(asset.body, QUALITY) as Promise<Buffer<ArrayBuffer>>;
    context.header("content-encoding", "br");
    context.header("vary", "accept-encoding");
    return context.body(await asset.packed);
  }

  /** The page; every address that is no asset's is one of its views. */
  page(context: Context, token: string): Response {
    if (context.req.path.startsWith("/assets/")) {
      throw new MezzoError("no-such-path", "There is no such file.");
    }
    if (this.#html === undefined) return context.html(NOT_BUILT, 503);
    const meta = `<meta name="mezzo-token" content="${token}">`;
    return context.html(this.#html.replace(/<head[^>]*>/i, (head) => `${head}${meta}`));
  }
}

const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Mezzo studio</title></head>
<body>
<h1>The studio's page is not built</h1>
<p>The server runs; what it would show is not there. Build it with <code>npm ci</code> (or <code>npm run prepare</code>)
in Mezzo's folder, and start <code>mezzo studio</code> again.</p>
</body>
</html>
`;

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(folder.length + 1)
          .replaceAll("\\", "/"),
      );
  } catch {
    return []; // Not built: `page` says so.
  }
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // Not built: `page` says so.
  }
}
