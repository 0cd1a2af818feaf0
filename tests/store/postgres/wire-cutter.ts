/** A connection to a server that can be cut at the worst moments: a question that arrived, and whose answer never will. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface WireCutter {
  /** The server's address through here. */
  readonly url: string;
  /** From here on answers are swallowed; what is asked still arrives. After so many ms all is cut. */
  loseAnswers(ms: number): Promise<void>;
  close(): Promise<void>;
}

export async function cutWire(url: string): Promise<WireCutter> {
  const to = new URL(url);
  const sockets = new Set<Socket>();
  let isDeaf = false;
  const server = createServer((near) => {
    const far = connect(Number(to.port), to.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => isDeaf || near.write(bytes));
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: through.href,
    loseAnswers: async (ms) => {
      isDeaf = true;
      await new Promise((resolve) => setTimeout(resolve, ms));
      cut();
      isDeaf = false;
    },
    close: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
