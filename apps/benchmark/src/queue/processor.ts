/**
 * The program in which a worker runs one cell after another: BullMQ's sandbox, a process of its own, so that nothing here keeps the
 * worker from renewing its lock on the cell. The cell itself computes in a child of this process, as it does in a local run.
 */
import type { SandboxedJob } from "bullmq";
import { asCell } from "../cells/cell.ts";
import { runCell } from "../cells/run-cell.ts";
import { readAddress } from "./address.ts";
import { openFiles, patienceWithCells } from "./cell-queue.ts";
import type { CellNews, QueuedCell } from "./cell-queue.ts";
import { connect } from "./connect.ts";
import { loadBullmq } from "./packages.ts";
import { isSeen } from "./shared-folder.ts";
import { triesOf } from "./tries.ts";
import { readSettings } from "./worker-settings.ts";

// A worker that was killed cannot tell: its cell belongs to others now.
process.on("disconnect", () => process.exit(1));
if (!process.connected) process.exit(1);

const settings = readSettings();
const { DelayedError, UnrecoverableError, WaitingError } = await loadBullmq();
const redis = await connect(readAddress(true));

/** How long a cell that this machine refused waits for another one, milliseconds. */
const refusedFor = 10_000;
/** The least time between two messages about progress, milliseconds. */
const tellEvery = 3000;

async function processCell(
  job: SandboxedJob<QueuedCell>,
  token?: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const { id = "", data } = job;
  const cell = asCell(data.cell);
  const { machine } = settings;
  const tell = (news: CellNews) => job.updateProgress(news);
  const refuse = async (reason: string) => {
    await tell({ kind: "refused", machine, reason });
    await job.moveToDelayed(Date.now() + refusedFor, token);
    throw new DelayedError();
  };
  // The first sign of life: see `createWorker`.
  await tell({ kind: "progress", machine, phase: "starting", done: 0, total: 1 });
  if (!(await isSeen(data.files)))
    await refuse("expected the folder that the submitter shares, and does not see it");
  const files = openFiles(data.files, redis);
  if ((await files.finished([id])).has(id)) return;
  const tries = triesOf(redis, id);
  const starts = await tries.begin();
  if (starts > patienceWithCells.starts)
    throw new UnrecoverableError(
      `it was begun ${patienceWithCells.starts} times without getting further (the process was killed, or the machine went away)`,
    );
  let told = { at: -Infinity, phase: "" };
  const end = await runCell(id, cell, {
    ...{ files, machine, signal },
    data: settings.data,
    gotFurther: tries.gotFurther,
    progressed: (progress) => {
      const now = performance.now();
      if (progress.phase === told.phase && now - told.at < tellEvery) return;
      told = { at: now, phase: progress.phase };
      void tell({ kind: "progress", machine, ...progress }).catch(() => {});
    },
  })
    // Not the cell's fault: a full disk, or a server without memory. Another machine may do better, or this one later.
    .catch((error: Error) => ({ kind: "refused", reason: error.message }) as const);

  switch (end.kind) {
    case "finished":
      return;
    case "stopped":
      await tries.undoBegin();
      await job.moveToWait(token);
      throw new WaitingError();
    case "refused":
      await tries.undoBegin();
      return refuse(end.reason);
    case "failed":
      if (end.died || (await tries.fail()) < patienceWithCells.failures)
        throw new Error(`${machine}: ${end.message}`);
      throw new UnrecoverableError(`${machine}: ${end.message}`);
  }
}

// BullMQ asks for this name.
export { processCell as default };
