/**
 * A process with many simulated workers. They say to the server what real ones say, with the same code, and wait where those would compute.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "bullmq";
import type { Job } from "bullmq";
import { resultFile } from "../../cells/cell.ts";
import { readAddress } from "../address.ts";
import { backoffAfter, bullConnection, lockTimes, openFiles, queueName, queuePrefix } from "../cell-queue.ts";
import type { QueuedCell } from "../cell-queue.ts";
import { connect } from "../connect.ts";
import { triesOf } from "../tries.ts";
import { settingsSchema, versions } from "./settings.ts";

const settings = settingsSchema.parse(JSON.parse(process.env["SIMULATION"] ?? "{}"));
const address = readAddress(true);
const tellEvery = 3;

/** Digits and braces, which shrink as JSON does. */
const result = Buffer.from(
  JSON.stringify({ curve: Array.from({ length: settings.resultBytes / 18 }, () => Math.random()) }),
);
const checkpoint = randomBytes(settings.checkpointBytes);

async function startWorker(name: string): Promise<void> {
  const redis = await connect(address);
  const process = async (job: Job<QueuedCell>) => {
    const { id = "" } = job;
    const files = openFiles(job.data.files, redis);
    if ((await files.finished([id])).has(id)) return;
    const tries = triesOf(redis, id);
    const starts = await tries.begin();
    await files.working(id);
    const dies = Math.random() < settings.deaths;
    const fails = starts === 1 && Math.random() < settings.errors;
    const seconds = settings.cellSeconds * (dies || fails ? Math.random() : 1);
    let keptAt = 0;
    for (let at = 0; at < seconds; at += tellEvery) {
      await wait(1000 * Math.min(tellEvery, seconds - at));
      await job.updateProgress({
        ...{ kind: "progress", machine: name, phase: "training", done: at, total: seconds },
        ...{ loss: "1.234 nats", stepsPerSecond: 100 },
      });
      if (at - keptAt < settings.checkpointSeconds) continue;
      keptAt = at;
      await files.keep(id, "checkpoint.safetensors", checkpoint);
      await tries.gotFurther();
    }
    if (dies) {
      // Nothing is said any more, and another worker begins in its place.
      await worker.close(true);
      redis.disconnect();
      void startWorker(name);
      return new Promise<never>(() => {});
    }
    if (fails) throw new Error("a failure that was asked for");
    await files.publish(id, new Map([[resultFile, result]]));
    return;
  };
  const worker: Worker<QueuedCell> = new Worker<QueuedCell>(queueName(versions), process, {
    connection: bullConnection(address),
    prefix: queuePrefix,
    name,
    ...lockTimes,
    maxStalledCount: 1e6,
    settings: { backoffStrategy: backoffAfter },
  });
  worker.on("error", () => {});
}

for (let i = 0; i < settings.workers; i++) await startWorker(`${process.pid}-${i}`);
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
