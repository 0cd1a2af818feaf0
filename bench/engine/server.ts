/** A model server as light as it gets, in a process of its own, so that its work is nobody's cost. Prints its port. */
import { createServer } from "node:http";
import { replyTo } from "./story.ts";

const latencyMs = Number(process.argv[2] ?? 0);
let inFlight = 0;
let peak = 0;
let requests = 0;
let firstAt = 0;
let lastAt = 0;

const server = createServer((request, response) => {
  if (request.url === "/counts") {
    response.end(JSON.stringify({ requests, peak, firstAt, lastAt }));
    requests = peak = firstAt = 0;
    return;
  }
  inFlight += 1;
  requests += 1;
  peak = Math.max(peak, inFlight);
  firstAt ||= performance.now() + performance.timeOrigin;
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    if (latencyMs > 0) setTimeout(answer, latencyMs);
    else answer();
  });
  function answer() {
    const text = Buffer.concat(pieces).toString();
    const body = JSON.parse(text) as { model: string; stream?: boolean };
    const content = replyTo(body.model, text);
    const usage = {
      prompt_tokens: Math.ceil(text.length / 4),
      completion_tokens: Math.ceil(content.length / 4),
      total_tokens: 1,
    };
    const head = { id: "c", created: 1, model: body.model };
    if (body.stream === true) {
      response.setHeader("content-type", "text/event-stream");
      for (let at = 0; at < content.length; at += 60) {
        const delta = { content: content.slice(at, at + 60) };
        response.write(
          `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`,
        );
      }
      response.write(
        `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage })}\n\n`,
      );
      response.end("data: [DONE]\n\n");
    } else {
      response.setHeader("content-type", "application/json");
      const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
      response.end(JSON.stringify({ ...head, object: "chat.completion", choices, usage }));
    }
    inFlight -= 1;
    lastAt = performance.now() + performance.timeOrigin;
  }
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", 4096, () => {
  const address = server.address();
  console.log(typeof address === "object" ? address?.port : "");
});
