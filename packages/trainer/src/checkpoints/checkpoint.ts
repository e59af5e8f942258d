import { ArgumentError, FileFormatError, fail, failFormat, readJson } from "@invertible/errors";
import type { Json, JsonObject } from "@invertible/errors";
import {
  checkFinite,
  checkVariables,
  decodeSafetensors,
  encodeSafetensors,
  failNonFinite,
  readVariables,
  writeVariables,
} from "@invertible/flow";
import type { StoredTensor } from "@invertible/flow";
import { noChecksum, verifyChecksum, withChecksum } from "./checksum.ts";
import type { TrainedModel } from "../objectives/objective.ts";
import type { LayoutEntry } from "../optimizers/parameter-layout.ts";

/** The format that a checkpoint names in its metadata. */
export const checkpointFormat = "invertible-checkpoint";
/**
 * The version of that format that this package writes and reads. Version 1 had no checksum. Version 2 held the gradient of a norm
 * where version 3 holds two vectors, from which the gradient follows up to rounding, but not bit by bit.
 */
export const checkpointVersion = "3";

/**
 * What a run must have in common with the run that it continues. It is compared member by member, and errors name the member.
 */
export interface RunDescription {
  /** The architecture of the model. */
  readonly architecture: Json;
  /** A fingerprint of the data. */
  readonly data: JsonObject;
  /** The words of the random key. */
  readonly random: readonly number[];
  /** The settings that decide the numbers. */
  readonly settings: JsonObject;
}

/** The vectors that are stored beside the variables of the flow, under their names in the file: "optimizer.m", "average". */
export type Vectors = ReadonlyMap<string, Float32Array>;

/**
 * Writes a checkpoint as one safetensors file. It holds parameters and state under their stable names, and the flat vectors of
 * optimiser and average. The metadata holds the step and the description of the run. The order of the data and all noise follow
 * from the key and the step, so they need not be stored. A checksum
 * covers every byte.
 *
 * @throws NonFiniteError for NaN or infinity, from which no run could go on.
 */
export async function encodeCheckpoint(options: {
  model: Pick<TrainedModel, "parameters" | "state">;
  step: number;
  run: RunDescription;
  layout: readonly LayoutEntry[];
  vectors: Vectors;
}): Promise<Uint8Array> {
  const { model, step, run, layout, vectors } = options;
  const tensors = await readVariables({ ...model.parameters, ...model.state });
  for (const [name, data] of vectors) tensors.set(name, { dtype: "F32", shape: [data.length], data });
  checkFinite("train.checkpoint", tensors, failNonFinite);
  const metadata = new Map([
    ["format", checkpointFormat],
    ["formatVersion", checkpointVersion],
    ["sha256", noChecksum],
    ["step", String(step)],
    ["run", JSON.stringify(run)],
    ["layout", JSON.stringify(layoutOf(layout))],
  ]);
  return withChecksum(encodeSafetensors({ tensors, metadata }));
}

/**
 * Puts the parameters and state of a checkpoint into the model. Everything is checked first, so that after an error the model
 * is as it was.
 *
 * @throws FileFormatError for bytes that are not a whole checkpoint of this version, unchanged and of finite numbers.
 * @throws ArgumentError naming what differs: architecture, data, random key or a setting.
 */
export async function restoreCheckpoint(options: {
  bytes: Uint8Array;
  model: Pick<TrainedModel, "parameters" | "state">;
  run: RunDescription;
  layout: readonly LayoutEntry[];
  vectors: readonly { name: string; size: number }[];
  /** The last step of this run. */
  largestStep: number;
}): Promise<{ step: number; vectors: Vectors }> {
  const { bytes, model, run, layout, vectors, largestStep } = options;
  const { tensors, metadata } = decodeSafetensors(bytes);
  const read = (key: string): string => {
    const text = metadata.get(key);
    if (text === undefined)
      throw new FileFormatError(`train.resume: expected metadata ${JSON.stringify(key)}, received none`);
    return text;
  };
  if (read("format") !== checkpointFormat)
    failFormat("train.resume format", JSON.stringify(checkpointFormat), read("format"));
  if (read("formatVersion") !== checkpointVersion)
    failFormat(
      "train.resume formatVersion",
      `${JSON.stringify(checkpointVersion)} (a run begun by another version of this package cannot go on; begin it anew)`,
      read("formatVersion"),
    );
  await verifyChecksum("train.resume", bytes, read("sha256"));
  // A checksum says that nobody has changed the file by accident, not who wrote it.
  checkFinite("train.resume", tensors);
  const step = Number(read("step"));
  if (!/^\d+$/.test(read("step")) || !Number.isSafeInteger(step))
    failFormat("train.resume step", "a step", read("step"));

  if (step > largestStep) fail("train.steps", `at least ${step}, the checkpoint's step`, largestStep);
  compare("", readJson("train.resume run", read("run")), run);
  compare("layout", readJson("train.resume layout", read("layout")), layoutOf(layout));

  const variables = { ...model.parameters, ...model.state };
  const own = new Map<string, StoredTensor>(tensors);
  const restored = new Map<string, Float32Array>();
  for (const { name, size } of vectors) {
    const data = own.get(name)?.data;
    if (!(data instanceof Float32Array) || data.length !== size)
      throw new FileFormatError(
        `train.resume tensor ${JSON.stringify(name)}: expected F32 [${size}], received ${data ? `${data.length} numbers` : "none"}`,
      );
    restored.set(name, data);
    own.delete(name);
  }
  checkVariables("train.resume", variables, own);
  writeVariables(variables, own);
  return { step, vectors: restored };
}

/** Where each parameter lies in the flat vectors of the optimiser. */
function layoutOf(layout: readonly LayoutEntry[]): Json {
  return layout.map(({ name, shape, offset }) => [name, shape, offset]);
}

/** Compares what the checkpoint was made with, `stored`, with what this run is called with, `given`. */
function compare(at: string, stored: unknown, given: unknown): void {
  if (isContainer(stored) && isContainer(given)) {
    for (const key of new Set([...Object.keys(stored), ...Object.keys(given)]))
      compare(at === "" ? key : `${at}.${key}`, stored[key], given[key]);
  } else if (JSON.stringify(stored) !== JSON.stringify(given)) {
    const show = (value: unknown) => (JSON.stringify(value) ?? "nothing").slice(0, 120);
    throw new ArgumentError(
      `train.resume ${at}: expected ${show(stored)} as in the checkpoint, received ${show(given)}`,
    );
  }
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
