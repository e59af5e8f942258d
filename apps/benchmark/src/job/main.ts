/** The program of a child process: one job, told over the channel to the parent. */
import { startBackend } from "@invertible/ops/backend";
import { openCatalogue } from "../catalogue/extensions/open-catalogue.ts";
import type { Answer, Order } from "../run/messages.ts";
import { backendFacts } from "./backend-facts.ts";
import { measurePace } from "./measure-pace.ts";
import { runJob } from "./run-job.ts";

const stopping = new AbortController();

// Ctrl-C reaches the whole process group; the parent decides what it means and tells us.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
// Without a parent nobody wants the result, and a successor may already be at work in the folder.
process.on("disconnect", () => process.exit(1));

const answer = (message: Answer): Promise<void> =>
  new Promise((resolve) =>
    process.send ? process.send(message, undefined, {}, () => resolve()) : resolve(),
  );

async function obey(order: Order): Promise<void> {
  if (order.kind === "stop") {
    stopping.abort();
    return;
  }
  try {
    if (order.kind === "probe") {
      await answer({ kind: "probed", backend: backendFacts(await startBackend(order.backend)) });
    } else {
      const progress = (message: Answer) => void answer(message);
      const catalogue = await openCatalogue(order.request.extensions);
      const { request } = order;
      const { signal } = stopping;
      await answer(
        request.pace
          ? await measurePace(request, request.pace, catalogue, progress, signal)
          : await runJob(request, catalogue, progress, signal),
      );
    }
  } catch (error) {
    await answer({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
  // The backend may hold handles that keep the process alive.
  process.exit(0);
}

process.on("message", (order) => void obey(order as Order));
