import { createDisplay } from "../run/display.ts";
import type { Display } from "../run/display.ts";
import type { QueueCounts, QueueObserver } from "./run-on-queue.ts";

/** The least time between two lines of counts, milliseconds. */
const countsEvery = 10_000;

/** Shows the cells that run, wherever they do, and how far the whole is. */
export function createQueueDisplay(
  stream: NodeJS.WriteStream,
  jobNames: readonly string[],
  shownAddress: string,
): Display & QueueObserver {
  const display = createDisplay(stream, jobNames, false);
  let saidAt = -Infinity;
  let said = "";
  let lonely = false;
  return {
    ...display,
    counted(counts) {
      const now = performance.now();
      const text = describe(counts);
      if (text !== said && now - saidAt >= countsEvery) {
        [said, saidAt] = [text, now];
        display.say(text);
      }
      if (counts.workers === 0 && !lonely)
        display.say(
          `No worker takes cells from this queue. To start one, on any machine: npm run bench -- worker --queue ${shownAddress}`,
        );
      lonely = counts.workers === 0;
    },
  };
}

function describe({ done, all, running, waiting, workers }: QueueCounts): string {
  return `${done} of ${all} cells done; in the queue ${running} running and ${waiting} waiting, with ${workers} ${workers === 1 ? "worker" : "workers"}`;
}
