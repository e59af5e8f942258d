import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { DataSource } from "../catalogue/dataset-entry.ts";
import type { JobRequest } from "../job/request.ts";

/**
 * A job as another machine can take it: the request without the paths of the machine that asked. Where `budgetSeconds` is set,
 * the cell only measures how many steps fit into it.
 */
export interface Cell extends Pick<
  JobRequest,
  | "job"
  | "workload"
  | "training"
  | "validation"
  | "backend"
  | "engine"
  | "threads"
  | "extensions"
  | "measuresData"
> {
  readonly format: typeof cellFormat;
  readonly exportOnnx: boolean;
  readonly budgetSeconds: number | null;
  /** The folder that the asking machine has its data in, if it was named one. Decides no numbers, since checksums are checked. */
  readonly data: string | null;
}

const cellFormat = "invertible-benchmark-cell/1";

export function cellOf(request: JobRequest, data: string | null): Cell {
  const { job, workload, training, validation, backend, engine, threads, extensions, measuresData } = request;
  return {
    format: cellFormat,
    ...{ job, workload, training, validation, backend, engine, threads, extensions, measuresData },
    exportOnnx: request.exports !== null,
    budgetSeconds: request.pace?.budgetSeconds ?? null,
    data,
  };
}

const cellSchema = z.looseObject({ format: z.literal(cellFormat), job: z.looseObject({ name: z.string() }) });

/** @throws Error where what came from a queue is not a cell of this version */
export function asCell(value: unknown): Cell {
  const parsed = cellSchema.safeParse(value);
  if (!parsed.success)
    throw new Error(`expected a cell of this version, received ${JSON.stringify(value)?.slice(0, 200)}`);
  return value as Cell;
}

/**
 * Names everything that decides the numbers of a cell, and nothing else: whoever asks for the same numbers, asks for the same cell.
 *
 * @param versions of everything that computes
 * @returns 32 hexadecimal digits
 */
export function cellId(cell: Cell, versions: Readonly<Record<string, string>>): string {
  const { data: _data, training, extensions, ...others } = cell;
  const { checkpointEvery: _every, ...settings } = training;
  // A file is known by its content, wherever it lies.
  const files = extensions.map(({ kind, name, digest }) => [kind, name, digest]);
  return digestOf({ ...others, training: settings, extensions: files, versions });
}

/** Of a JSON value, whatever the order of its members. */
export function digestOf(value: unknown): string {
  const sorted = JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === "object" && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
  return createHash("sha256").update(sorted).digest("hex").slice(0, 32);
}

/** The file that a finished cell leaves in its folder: the result of a job, or a pace. */
export const resultFile = "result.json";
export const exportFiles = { logProb: "logProb.onnx", inverse: "inverse.onnx" } as const;

/** The request for a child process that works in `folder`. */
export function requestIn(
  folder: string,
  cell: Cell,
  { source, machine }: { readonly source: DataSource | null; readonly machine: string },
): JobRequest {
  const { format: _format, exportOnnx, budgetSeconds, data: _data, ...same } = cell;
  const result = join(folder, resultFile);
  return {
    ...same,
    source,
    machine,
    exports: exportOnnx
      ? { logProb: join(folder, exportFiles.logProb), inverse: join(folder, exportFiles.inverse) }
      : null,
    checkpoint: join(folder, "checkpoint.safetensors"),
    measurements: join(folder, "measurements"),
    result,
    pace: budgetSeconds === null ? null : { budgetSeconds, path: result },
  };
}
