import { describe, expect, it } from "vitest";
import { startStudio } from "../../src/studio/server.ts";
import { openStudio } from "./rig.ts";

const JSON_TYPE = { "content-type": "application/json" };
const page = async (_store: unknown, rig: { write(name: string, text: string): Promise<string> }) => {
  await rig.write("page/index.html", "<!doctype html><html><head><title>Mezzo</title></head><body></body></html>");
  await rig.write("page/assets/main-Ab12Cd34.js", `${"console.log(1);".repeat(200)}`);
};

describe("the studio's door", () => {
  it.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example:80",
    "169.254.169.254",
    "[::ffff:7f00:1]",
  ])("refuses a request for the host %j, whatever address that name has", async (host) => {
    const studio = await openStudio();
    for (const path of ["/", "/api/runs", "/api/events", "/assets/x.js"]) {
      expect((await studio.ask(path, { headers: { host } })).status).toBe(403);
    }
  });

  it.each(["localhost", "127.0.0.1", "[::1]"])("answers to %s", async (name) => {
    const studio = await openStudio();
    expect((await studio.ask("/api/runs", { headers: { host: `${name}:${studio.port}` } })).status).toBe(200);
  });

  it.each<Record<string, string>>([
    { origin: "http://evil.example" },
    { origin: "null" },
    { origin: "http://127.0.0.1:1" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
  ])("refuses to tell another site anything: %j", async (headers) => {
    const studio = await openStudio(page);
    const more = "sec-fetch-mode" in headers ? "/api/run?run=r" : "/api/runs";
    expect((await studio.ask(more, { headers })).status).toBe(403);
  });

  it("lets a link from elsewhere open a view, and frames none", async () => {
    const studio = await openStudio(page);
    const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    expect((await studio.ask("/runs?run=r", { headers: link })).status).toBe(200);
    expect((await studio.ask("/", { headers: { ...link, "sec-fetch-dest": "iframe" } })).status).toBe(403);
  });

  it.each([
    ["no token", JSON_TYPE],
    ["a wrong token", { ...JSON_TYPE, "x-mezzo-token": "x" }],
    ["a form's content", { "content-type": "text/plain" }],
  ])("refuses a change with %s", async (_name, headers) => {
    const studio = await openStudio();
    for (const path of ["start", "pause", "resume", "retry", "file", "check", "preview", "decide", "withdraw"]) {
      const { status, text } = await studio.ask(`/api/${path}`, { method: "POST", headers, body: "{}" });
      expect([path, status, text]).toEqual([path, 401, expect.stringContaining("wrong-token")]);
    }
  });

  it("refuses a change from another site that has learnt the token", async () => {
    const studio = await openStudio();
    const headers = { ...JSON_TYPE, "x-mezzo-token": studio.token, origin: "http://evil.example" };
    expect((await studio.ask("/api/retry", { method: "POST", headers, body: '{"run":"r"}' })).status).toBe(403);
  });

  it("tells no site that it may ask", async () => {
    const studio = await openStudio();
    const headers = { origin: "http://evil.example", "access-control-request-method": "POST" };
    const { status, headers: said } = await studio.ask("/api/start", { method: "OPTIONS", headers });
    expect(status).toBe(403);
    expect(Object.keys(said).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("takes JSON only, and no more than it can hold", async () => {
    const studio = await openStudio();
    const headers = { "x-mezzo-token": studio.token, "content-type": "text/plain" };
    expect((await studio.ask("/api/check", { method: "POST", headers, body: "{}" })).status).toBe(400);
    const large = { ...headers, ...JSON_TYPE, "content-length": "7000000" };
    const body = `"${"x".repeat(6_999_998)}"`;
    expect((await studio.ask("/api/check", { method: "POST", headers: large, body })).status).toBe(413);
  });

  it("sends the rules that keep a page harmless with every answer", async () => {
    const studio = await openStudio(page);
    for (const path of ["/", "/assets/main-Ab12Cd34.js", "/api/runs", "/api/nothing", "/assets/none.js"]) {
      const { headers } = await studio.ask(path);
      const policy = String(headers["content-security-policy"]);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toMatch(/script-src 'self';/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    }
  });

  it("puts the token into the page and nowhere else", async () => {
    const studio = await openStudio(page);
    expect((await studio.ask("/")).text).toContain(`<meta name="mezzo-token" content="${studio.token}">`);
    for (const path of ["/api/studio", "/api/runs", "/assets/main-Ab12Cd34.js"]) {
      expect(JSON.stringify(await studio.ask(path))).not.toContain(studio.token);
    }
  });

  it("gives assets a long life, packed, and views none", async () => {
    const studio = await openStudio(page);
    const asset = await studio.ask("/assets/main-Ab12Cd34.js", { headers: { "accept-encoding": "gzip, br" } });
    expect(asset.headers).toMatchObject({ "content-encoding": "br", "content-type": "text/javascript; charset=utf-8" });
    expect(asset.headers["cache-control"]).toContain("immutable");
    expect((await studio.ask("/runs/some")).headers["cache-control"]).toBe("no-store");
    // A view may have a name with a dot; whatever is asked for, only the page and its assets are given.
    expect((await studio.ask("/graphs/graphs%2Fdistill.yaml")).status).toBe(200);
    expect((await studio.ask("/../package.json")).text).not.toContain("dependencies");
  });

  it("says how the page is built where it is not", async () => {
    const studio = await openStudio();
    const { status, text } = await studio.ask("/");
    expect([status, text]).toEqual([503, expect.stringContaining("npm ci")]);
  });
});

describe("a studio that other machines may open", () => {
  it("needs a secret", async () => {
    const asked = startStudio({ host: "0.0.0.0" } as never);
    await expect(asked).rejects.toMatchObject({ code: "no-secret", exitCode: 2 });
  });

  it("answers nobody without it, and puts it out of the address", async () => {
    const studio = await openStudio(page, { host: "0.0.0.0", secret: "s3cret words" });
    for (const path of ["/", "/api/runs", "/api/events", "/?token=wrong", "/api/runs?token=s3cret%20words"]) {
      expect([path, (await studio.ask(path)).status]).toEqual([path, 401]);
    }
    const first = await studio.ask("//evil.example/?run=r&token=s3cret%20words");
    expect(first).toMatchObject({ status: 303, headers: { location: "/evil.example/?run=r" } });
    const cookie = String(first.headers["set-cookie"]);
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax/);
    expect(cookie).not.toContain("s3cret");
    expect((await studio.ask("/api/runs", { headers: { cookie: cookie.split(";")[0]! } })).status).toBe(200);
    expect((await studio.ask("/api/runs", { headers: { authorization: "Bearer s3cret words" } })).status).toBe(200);
    const change = { method: "POST", headers: { authorization: "Bearer s3cret words", ...JSON_TYPE }, body: "{}" };
    expect((await studio.ask("/api/start", change)).status).toBe(401);
  });

  it("tells a person who comes without it what to do, as text", async () => {
    const studio = await openStudio(page, { host: "0.0.0.0", secret: "s" });
    const { status, headers, text } = await studio.ask("/runs/<script>", { headers: { accept: "text/html" } });
    expect([status, headers["content-type"]]).toEqual([401, "text/plain; charset=UTF-8"]);
    expect(text).toContain("Open it with the address that `mezzo studio` printed");
  });

  it("answers to addresses, not to names that anybody could have made", async () => {
    const studio = await openStudio(page, { host: "0.0.0.0", secret: "s" });
    const headers = { authorization: "Bearer s" };
    expect((await studio.ask("/api/runs", { headers: { ...headers, host: "192.168.1.7:80" } })).status).toBe(200);
    expect((await studio.ask("/api/runs", { headers: { ...headers, host: "evil.example" } })).status).toBe(403);
  });
});
