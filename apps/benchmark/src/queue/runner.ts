import { resolve } from "node:path";
import { exitCodes } from "../cli/exit-codes.ts";
import { identifyCode } from "../results/versions.ts";
import type { QueueAddress } from "./address.ts";
import type { FilesPlace } from "./cell-queue.ts";
import { createQueueDisplay } from "./queue-display.ts";
import { openQueue } from "./run-on-queue.ts";
import { serveDashboard } from "./dashboard.ts";
import { shareFolder } from "./shared-folder.ts";

interface RunnerOptions {
  readonly address: QueueAddress;
  /** A folder that all machines see. */
  readonly shared: string | undefined;
  readonly data: string | null;
  /** Of all jobs of the run. */
  readonly names: readonly string[];
  readonly isWorthwhile: () => boolean;
  readonly interruption: AbortSignal;
  readonly emergency: AbortSignal;
  /** The port of a page that shows the queue. */
  readonly dashboard: number | undefined;
}

/** Runs the jobs of a run on the workers of a queue, and shows them all. */
export async function runnerOfQueue({
  address,
  shared,
  names,
  dashboard,
  emergency,
  ...others
}: RunnerOptions) {
  emergency.addEventListener("abort", () => process.exit(exitCodes.interrupted));
  const display = createQueueDisplay(process.stdout, names, address.shown);
  const queue = await openQueue({
    ...others,
    versions: identifyCode(),
    address,
    files: await placeOf(shared),
    observer: display,
  });
  const page =
    dashboard === undefined
      ? undefined
      : await serveDashboard(queue.queue, dashboard).catch(async (error: Error) => {
          display.close();
          await queue.close();
          throw error;
        });
  if (page) display.say(`The queue can be watched at ${page.url}`);
  return {
    run: queue.run,
    jobsSideBySide: null,
    async close() {
      display.close();
      page?.close();
      await queue.close();
    },
  };
}

/** The folder has to be the same for all machines, so it is named in full. */
const placeOf = (shared: string | undefined): Promise<FilesPlace> =>
  shared === undefined ? Promise.resolve({ kind: "redis" }) : shareFolder(resolve(shared));
