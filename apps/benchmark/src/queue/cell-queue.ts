import type { Redis } from "ioredis";
import type { JobsOptions } from "bullmq";
import type { CellFiles } from "../cells/cell-files.ts";
import { digestOf } from "../cells/cell.ts";
import type { Cell } from "../cells/cell.ts";
import { folderFiles } from "../cells/folder-files.ts";
import type { Progress } from "../run/messages.ts";
import type { QueueAddress } from "./address.ts";
import { retryAfter } from "./connect.ts";
import { redisFiles } from "./redis-files.ts";

/** What the queue carries for each cell. */
export interface QueuedCell {
  readonly cell: Cell;
  readonly files: FilesPlace;
}

/** Where the files of cells are: in Redis, or in a folder that all machines see. */
export type FilesPlace =
  { readonly kind: "redis" } | { readonly kind: "folder"; readonly path: string; readonly id: string };

export function openFiles(place: FilesPlace, redis: Redis): CellFiles {
  return place.kind === "redis" ? redisFiles(redis) : folderFiles(place.path);
}

/** What a worker says of a cell while it has it. */
export type CellNews =
  | ({ readonly kind: "progress"; readonly machine: string } & Progress)
  | { readonly kind: "refused"; readonly machine: string; readonly reason: string };

/**
 * Cells of other versions lie in other queues, so that no worker ever takes one whose numbers it would change.
 */
export function queueName(versions: Readonly<Record<string, string>>): string {
  return `cells-${digestOf(versions).slice(0, 12)}`;
}

export const queuePrefix = "invertible";

/** How BullMQ connects. It makes connections of its own. */
export function bullConnection({ connection }: QueueAddress) {
  return { ...connection, maxRetriesPerRequest: null, retryStrategy: retryAfter };
}

/**
 * A cell that failed is tried again after a while, and it is the worker that decides when enough is enough: see `processor.ts`. So BullMQ
 * itself never gives up.
 */
export const cellOptions: JobsOptions = {
  attempts: 1e6,
  backoff: { type: "custom" },
  // The results stand among the files.
  removeOnComplete: true,
  removeOnFail: { age: 30 * 24 * 3600 },
};

/** Milliseconds until a cell is tried again: 1, 2, 4, ... seconds, at most a minute. */
export const backoffAfter = (attempts: number): number => Math.min(1000 * 2 ** (attempts - 1), 60_000);

/**
 * A worker that has not been heard of for `lockDuration` has lost its cells: every `stalledInterval` (both in milliseconds) the others look
 * for such cells and take them over.
 */
export const lockTimes = { lockDuration: 15_000, stalledInterval: 5_000 } as const;

/** How often a cell may begin without getting further, and how often it may fail with an error of its own, before it is set aside. */
export const patienceWithCells = { starts: 10, failures: 3 } as const;
