import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { exitCodes } from "../cli/exit-codes.ts";
import type { QueueAddress } from "./address.ts";
import type { FilesPlace } from "./cell-queue.ts";
import { createQueueDisplay } from "./queue-display.ts";
import { openQueue } from "./run-on-queue.ts";
import { serveDashboard } from "./dashboard.ts";

interface RunnerOptions {
  readonly address: QueueAddress;
  readonly files: FilesPlace;
  readonly data: string | null;
  readonly versions: Readonly<Record<string, string>>;
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
  files,
  names,
  dashboard,
  emergency,
  ...others
}: RunnerOptions) {
  emergency.addEventListener("abort", () => process.exit(exitCodes.interrupted));
  const display = createQueueDisplay(process.stdout, names, address.shown);
  const queue = await openQueue({ ...others, address, files: await opened(files), observer: display });
  const page = dashboard === undefined ? undefined : await serveDashboard(queue.queue, dashboard);
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
async function opened(files: FilesPlace): Promise<FilesPlace> {
  if (files.kind === "redis") return files;
  const path = resolve(files.path);
  await mkdir(path, { recursive: true });
  return { kind: "folder", path };
}
