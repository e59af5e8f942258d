import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Queue } from "bullmq";
import { loadPackage } from "@invertible/errors";
import { UsageError } from "../cli/usage-error.ts";

/**
 * Serves bull-board, a page that shows the queue, on this machine alone. It can look and change nothing, so that no page of another
 * site makes it do so.
 *
 * @param port 0 lets the system choose
 * @throws UsageError where the port is taken, or the packages are absent
 */
export async function serveDashboard(
  queue: Queue,
  port: number,
): Promise<{ readonly url: string; close(): void }> {
  const load = <Module>(name: string, importIt: () => Promise<Module>) =>
    loadPackage("--dashboard", name, importIt).catch((error: Error) => {
      throw new UsageError(error.message);
    });
  const { createBullBoard } = await load("@bull-board/api", () => import("@bull-board/api"));
  const { BullMQAdapter } = await load("@bull-board/api", () => import("@bull-board/api/bullMQAdapter"));
  const { ExpressAdapter } = await load("@bull-board/express", () => import("@bull-board/express"));
  const { default: express } = await load("express", () => import("express"));
  const serverAdapter = new ExpressAdapter();
  createBullBoard({
    queues: [new BullMQAdapter(queue, { readOnlyMode: true })],
    serverAdapter,
    options: { uiConfig: { boardTitle: "Cells" } },
  });
  const app = express();
  // bull-board asks another server for a font. What a queue holds is nobody else's business.
  app.use((_request, response, next) => {
    response.setHeader(
      "Content-Security-Policy",
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:",
    );
    next();
  });
  app.use("/", serverAdapter.getRouter());
  const server = await listen(app, port);
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${actual}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function listen(app: { listen(port: number, host: string): Server }, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(port, "127.0.0.1");
    server.once("listening", () => resolve(server));
    server.once("error", (error) =>
      reject(new UsageError(`--dashboard: expected a free port, received ${port} (${error.message})`)),
    );
  });
}
