import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** The window's way in, for a browser: everything goes to the control socket, so it works without a proxy. */
export class Bridge {
  private constructor(private readonly server: Server) {}

  static async open(socketPath: string): Promise<Bridge> {
    const server = createServer((req, res) => {
      const { host: _, origin: __, ...headers } = req.headers;
      const onward = request({ socketPath, path: req.url, method: req.method, headers }, (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
        answer.on("close", () => answer.complete || res.destroy()); // it broke off
      });
      onward.on("error", () => (res.headersSent ? res.destroy() : res.writeHead(502).end()));
      res.on("close", () => onward.destroy());
      req.pipe(onward);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new Bridge(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
