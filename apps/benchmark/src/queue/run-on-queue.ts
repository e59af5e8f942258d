import { setTimeout as wait } from "node:timers/promises";
import type { Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import type { Files } from "../cells/cell-files.ts";
import { cellId, cellOf, digestOf, exportFiles, resultFile } from "../cells/cell.ts";
import type { JobRequest } from "../job/request.ts";
import { writeAtomically } from "../run/atomic-file.ts";
import { aborted } from "../run/interruption.ts";
import type { JobObserver, JobsOutcome } from "../run/run-jobs.ts";
import type { QueueAddress } from "./address.ts";
import { bullConnection, cellOptions, openFiles, queueName, queuePrefix } from "./cell-queue.ts";
import type { CellNews, FilesPlace, QueuedCell } from "./cell-queue.ts";
import { connect } from "./connect.ts";
import { rememberQueue } from "./known-queues.ts";
import { onceIn } from "./once-in.ts";
import { loadBullmq } from "./packages.ts";
import { forgetTries } from "./tries.ts";

export interface QueueRunOptions {
  readonly address: QueueAddress;
  readonly files: FilesPlace;
  /** The folder of data, as the submitter names it. */
  readonly data: string | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly observer: QueueObserver;
  readonly isWorthwhile: () => boolean;
  /** Aborting it ends the watching. The queue goes on. */
  readonly interruption: AbortSignal;
}

/** What a display has to know of many machines. */
export interface QueueObserver extends JobObserver {
  /** Now and then. */
  counted(counts: QueueCounts): void;
  /** A line that is no job's. */
  say(line: string): void;
}

export interface QueueCounts {
  readonly done: number;
  readonly all: number;
  /** In the whole queue, which other tables may share. */
  readonly running: number;
  readonly waiting: number;
  readonly workers: number;
}

/** How often the queue is counted, and how often it is compared with what is wanted, milliseconds. */
const countEvery = 5000;
const compareEvery = 20_000;
/** So many cells are asked about or added in one message. */
const atOnce = 500;

/** A connection to the queue, which runs the requests of this run on whatever workers there are. */
export async function openQueue(options: QueueRunOptions): Promise<OpenQueue> {
  const { address, versions, observer } = options;
  const { Queue, QueueEvents } = await loadBullmq();
  const redis = await connect(address, (message) =>
    observer.say(`The connection to ${address.shown} broke (${message}). Waiting for it to come back.`),
  );
  await rememberQueue(redis, versions);
  const shared = { connection: bullConnection(address), prefix: queuePrefix };
  const queue = new Queue<QueuedCell>(queueName(versions), shared);
  const events = new QueueEvents(queueName(versions), shared);
  // They connect again by themselves, and the connection above tells of it.
  queue.on("error", () => {});
  events.on("error", () => {});
  await events.waitUntilReady();
  return {
    queue,
    run: (requests) => runOnQueue(requests, options, { redis, queue, events }),
    async close() {
      // A server that is away does not answer.
      await Promise.race([Promise.allSettled([events.close(), queue.close()]), wait(2000)]);
      await Promise.allSettled([events.disconnect(), queue.disconnect()]);
      redis.disconnect();
    },
  };
}

export interface OpenQueue {
  readonly queue: Queue<QueuedCell>;
  run(requests: readonly JobRequest[]): Promise<JobsOutcome>;
  close(): Promise<void>;
}

interface Connections {
  readonly redis: Redis;
  readonly queue: Queue<QueuedCell>;
  readonly events: QueueEvents;
}

/** Adds what nobody has asked for yet, waits for all of it, and writes the results where a local run would. */
async function runOnQueue(
  requests: readonly JobRequest[],
  { files: place, data, versions, observer, isWorthwhile, interruption }: QueueRunOptions,
  { redis, queue, events }: Connections,
): Promise<JobsOutcome> {
  const files = openFiles(place, redis);
  const wanted = new Map(
    requests.map((request) => {
      const cell = cellOf(request, data);
      // Who keeps files elsewhere waits for another cell.
      return [digestOf([cellId(cell, versions), place]), { request, cell }] as const;
    }),
  );
  const failures: { request: JobRequest; message: string }[] = [];
  const finished = new Set<string>();
  const failed = new Map<string, string>();
  let wake = () => {};

  const collect = async (id: string) => {
    const { request } = wanted.get(id)!;
    const found = await files.published(id);
    if (!found) return;
    await writeResults(request, found);
    wanted.delete(id);
    observer.ended(request, { kind: "finished" });
  };
  const giveUp = (id: string, message: string) => {
    const { request } = wanted.get(id)!;
    wanted.delete(id);
    failures.push({ request, message });
    observer.ended(request, { kind: "failed", message, died: false });
  };
  /** Events can be missed, and a server that broke down can have forgotten what it was told last. */
  const compare = async (first: boolean) => {
    for (const ids of chunks([...wanted.keys()])) {
      for (const id of await files.finished(ids)) finished.add(id);
      const open = ids.filter((id) => !finished.has(id));
      const known = await existing(redis, open, (id) => queue.toKey(id));
      const unknown = open.filter((id) => !known.has(id));
      await queue.addBulk(
        unknown.map((id) => {
          const { cell } = wanted.get(id)!;
          return { name: cell.job.name, data: { cell, files: place }, opts: { ...cellOptions, jobId: id } };
        }),
      );
    }
    for (const job of await queue.getFailed()) {
      if (job.id === undefined || !wanted.has(job.id)) continue;
      if (first) {
        // Set aside in an earlier run. Whoever asks again wants another attempt.
        await forgetTries(redis, [job.id]);
        // Somebody else may have asked at the same moment.
        await job.retry("failed").catch(() => {});
      } else failed.set(job.id, job.failedReason ?? "it failed");
    }
  };
  const count = async () => {
    const { active = 0, waiting = 0, delayed = 0 } = await queue.getJobCounts("active", "waiting", "delayed");
    const workers = await queue.getWorkersCount();
    observer.counted({
      ...{ done: requests.length - wanted.size, all: requests.length },
      ...{ running: active, waiting: waiting + delayed, workers },
    });
  };

  const saidOnce = { ...observer, say: onceIn(60_000, (line) => observer.say(line)) };
  const requestOf = (id: string) => wanted.get(id)?.request;
  const listeners = {
    active: ({ jobId }: { jobId: string }) => {
      const request = requestOf(jobId);
      if (request) observer.started(request);
    },
    progress: ({ jobId, data: news }: { jobId: string; data: unknown }) => {
      const request = requestOf(jobId);
      if (request) tellNews(saidOnce, request, news as CellNews);
    },
    completed: ({ jobId }: { jobId: string }) => {
      if (wanted.has(jobId)) finished.add(jobId);
      wake();
    },
    failed: ({ jobId, failedReason }: { jobId: string; failedReason: string }) => {
      if (wanted.has(jobId)) failed.set(jobId, failedReason);
      wake();
    },
  };
  const watch = async () => {
    let comparedAt = performance.now();
    let countedAt = -Infinity;
    await compare(true);
    while (wanted.size > 0 && isWorthwhile() && !interruption.aborted) {
      const now = performance.now();
      if (now - comparedAt > compareEvery) {
        await compare(false);
        comparedAt = now;
      }
      const [done, lost] = [[...finished], [...failed]];
      finished.clear();
      failed.clear();
      for (const id of done) if (wanted.has(id)) await collect(id);
      for (const [id, message] of lost) if (wanted.has(id)) giveUp(id, message);
      if (now - countedAt > countEvery) {
        await count();
        countedAt = now;
      }
      if (finished.size === 0 && failed.size === 0 && wanted.size > 0)
        await Promise.race([new Promise<void>((resolve) => (wake = resolve)), pause(interruption)]);
    }
  };

  events.on("active", listeners.active).on("progress", listeners.progress);
  events.on("completed", listeners.completed).on("failed", listeners.failed);
  try {
    // The server may be away when the user has had enough.
    await Promise.race([watch(), aborted(interruption)]);
  } finally {
    events.off("active", listeners.active).off("progress", listeners.progress);
    events.off("completed", listeners.completed).off("failed", listeners.failed);
  }
  return { interrupted: interruption.aborted, failures };
}

async function writeResults({ result, pace, exports }: JobRequest, files: Files): Promise<void> {
  for (const what of ["logProb", "inverse"] as const) {
    const content = files.get(exportFiles[what]);
    if (exports && content) await writeAtomically(exports[what], content);
  }
  // Last: its presence says that the job has finished.
  await writeAtomically(pace?.path ?? result, files.get(resultFile) ?? "");
}

function tellNews(observer: QueueObserver, request: JobRequest, news: CellNews): void {
  const { machine } = news;
  if (news.kind === "refused")
    observer.say(`${request.job.name}: refused by ${machine}, and left for other workers (${news.reason})`);
  else observer.progressed(request, { ...news, phase: `${machine}: ${news.phase}` });
}

/** Which of the ids have a key. */
async function existing(
  redis: Redis,
  ids: readonly string[],
  key: (id: string) => string,
): Promise<ReadonlySet<string>> {
  const asked = redis.pipeline();
  for (const id of ids) asked.exists(key(id));
  const answers = (await asked.exec()) ?? [];
  return new Set(ids.filter((_, i) => answers[i]?.[1] === 1));
}

function chunks<Value>(values: readonly Value[]): Value[][] {
  return Array.from({ length: Math.ceil(values.length / atOnce) }, (_, i) =>
    values.slice(i * atOnce, (i + 1) * atOnce),
  );
}

const pause = (signal: AbortSignal): Promise<void> => wait(1000, undefined, { signal }).catch(() => {});
