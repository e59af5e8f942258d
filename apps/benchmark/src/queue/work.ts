import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Job, Processor, Worker, WorkerOptions } from "bullmq";
import { UsageError } from "../cli/usage-error.ts";
import { identifyCode } from "../results/versions.ts";
import { aborted, watchInterruptions } from "../run/interruption.ts";
import { readAddress } from "./address.ts";
import { backoffAfter, bullConnection, lockTimes, queueName, queuePrefix } from "./cell-queue.ts";
import type { QueuedCell } from "./cell-queue.ts";
import { connect } from "./connect.ts";
import { describeOtherQueues } from "./known-queues.ts";
import { onceIn } from "./once-in.ts";
import { loadBullmq } from "./packages.ts";
import { writeSettings } from "./worker-settings.ts";

export interface WorkOptions {
  readonly queue: string | true;
  /** How many cells at the same time. */
  readonly jobs: number;
  /** The folder of data on this machine. */
  readonly data?: string;
  /** What this machine is called in results. Default: its host name. */
  readonly name?: string;
}

/** The sandbox beside this file: built, or as source when this file runs as source. */
const processor = new URL(`./processor${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

/** How often the queues of other versions are looked at, milliseconds. */
const lookAround = 60_000;

/**
 * Takes cells from the queue until it is told to stop. The first Ctrl-C lets every cell write a checkpoint, keeps it, and gives the cells
 * back; the second leaves at once, and others take the cells over.
 *
 * @throws UsageError where nobody answers at the address
 */
export async function work(options: WorkOptions, say: (line: string) => void): Promise<void> {
  const { jobs, data, name: machine = hostname() } = options;
  if (data !== undefined && !existsSync(data))
    throw new UsageError(`--data: expected a folder, received ${data}, where there is none`);
  const address = readAddress(options.queue);
  const sayOnce = onceIn(lookAround, say);
  const redis = await connect(address, (message) =>
    sayOnce(`The connection to ${address.shown} broke (${message}). Waiting for it to come back.`),
  );
  const versions = identifyCode();
  const worker = await createWorker(queueName(versions), {
    connection: bullConnection(address),
    prefix: queuePrefix,
    name: machine,
    concurrency: jobs,
    ...lockTimes,
    // Machines may go away any number of times.
    maxStalledCount: 1e6,
    settings: { backoffStrategy: backoffAfter },
    workerForkOptions: {
      env: {
        ...process.env,
        ...address.environment,
        ...writeSettings({ machine, data: data === undefined ? null : resolve(data) }),
      },
    },
  });
  worker.on("active", ({ data: { cell } }) => say(`${cell.job.name}: taken`));
  worker.on("completed", ({ data: { cell } }) => say(`${cell.job.name}: done`));
  worker.on("failed", (job, error) => say(`${job?.data.cell.job.name ?? "a cell"}: ${error.message}`));
  worker.on("progress", (job, news) => {
    const { kind, reason } = news as { readonly kind?: unknown; readonly reason?: unknown };
    if (kind === "refused")
      sayOnce(`${job.data.cell.job.name}: refused, and left for others (${String(reason)})`);
  });
  worker.on("error", ({ message }) => sayOnce(message));

  const lookAtOthers = async () => {
    for (const line of await describeOtherQueues(redis, versions)) say(line);
  };
  say(`Worker ${machine} takes cells from ${address.shown}, ${jobs} at a time. Press Ctrl-C to stop it.`);
  await lookAtOthers();
  const looking = setInterval(() => void lookAtOthers().catch(() => {}), lookAround);
  const watch = watchInterruptions(() =>
    say("Giving the cells back after their current step. Press Ctrl-C again to leave at once."),
  );
  // Its cells count as lost soon, and others go on with them.
  watch.emergency.addEventListener("abort", () => process.exit(130));
  try {
    await aborted(watch.interruption);
    const closed = worker.close();
    worker.cancelAllJobs("the worker stops");
    await closed;
  } finally {
    clearInterval(looking);
    watch.stop();
    redis.disconnect();
  }
}

/** How long a sandbox may take to start, milliseconds. */
const startsWithin = 30_000;

/**
 * A worker that notices when its sandbox ends while it starts. BullMQ 6.7 then waits for it without end, and keeps the lock on the cell
 * meanwhile, so that nobody else gets it.
 */
async function createWorker(name: string, options: WorkerOptions): Promise<Worker<QueuedCell, void>> {
  const { Worker: Base } = await loadBullmq();
  class CellWorker extends Base<QueuedCell, void> {
    protected override createSandbox(file: string | URL | Processor<QueuedCell, void> | null): void {
      super.createSandbox(file);
      const run = this.processFn;
      this.processFn = (job, token, signal) => {
        const ended = new AbortController();
        return Promise.race([
          run(job, token, signal).finally(() => ended.abort()),
          this.rejectWithoutSign(job.id, ended),
        ]);
      };
    }

    /** Rejects where the job has given no sign in time. Aborting `ended` ends the waiting. */
    private rejectWithoutSign(id: string | undefined, ended: AbortController): Promise<never> {
      return new Promise((_resolve, reject) => {
        const onProgress = (job: Job) => {
          if (job.id === id) ended.abort();
        };
        const limit = setTimeout(() => {
          reject(new Error(`expected its process to start within ${startsWithin / 1000} s`));
          ended.abort();
        }, startsWithin);
        this.on("progress", onProgress);
        ended.signal.addEventListener("abort", () => {
          clearTimeout(limit);
          this.off("progress", onProgress);
        });
      });
    }
  }
  return new CellWorker(name, processor, options);
}
