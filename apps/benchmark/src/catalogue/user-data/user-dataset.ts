import { basename } from "node:path";
import { DataFileError } from "@invertible/datasets";
import { sizeOfShape, standardise } from "@invertible/datasets/node";
import type { StoredArray } from "@invertible/datasets/node";
import { firstExamples } from "../../job/examples.ts";
import type { DataKind } from "../data-kind.ts";
import type { DatasetEntry, LoadedData } from "../dataset-entry.ts";
import { divideRows } from "./divide-rows.ts";
import { findArrays } from "./find-arrays.ts";
import type { FoundArrays } from "./find-arrays.ts";

/**
 * Data of the user's, read from a path under the user's own name: no published result belongs to them.
 * @throws DataFileError for a path that cannot be read, or holds arrays that are neither rows nor images.
 */
export async function userDataset(name: string, path: string, signal?: AbortSignal): Promise<DatasetEntry> {
  const found = await findArrays(path, signal);
  const kind = kindOf(path, found.kind === "whole" ? found.all : found.train);
  for (const array of found.kind === "whole" ? [found.all] : [found.train, found.test])
    checkFinite(path, array);
  // What cannot be divided is noticed before a run begins.
  divide(path, found, 0);
  return {
    name,
    title:
      kind === "image"
        ? `images from ${basename(path)}`
        : `rows from ${basename(path)}, each column with mean 0 and standard deviation 1 in training`,
    kind,
    tasks: ["density"],
    load({ train, test, trainSeed }) {
      const { train: first, test: second } = divide(path, found, trainSeed);
      const data = kind === "image" ? asImages(first, second) : standardise(path, first, second);
      return { train: firstExamples(data.train, train), test: firstExamples(data.test, test) };
    },
  };
}

function kindOf(path: string, { shape, values }: StoredArray): DataKind {
  if (shape.length === 2) return shape[1] === 2 ? "plane" : "table";
  if ((shape.length === 3 || shape.length === 4) && values instanceof Uint8Array) return "image";
  throw new DataFileError(
    `${path}: expected rows of numbers [n, columns], or images of bytes [n, height, width] or [n, height, width, channels], received ${values instanceof Uint8Array ? "bytes" : "numbers"} [${shape.join(", ")}]`,
  );
}

/** A NaN would make a whole column look constant, and be left out with it. */
function checkFinite(path: string, { shape, values }: StoredArray): void {
  if (values instanceof Uint8Array) return;
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const columns = shape[1] ?? 1;
  throw new DataFileError(
    `${path}: expected finite numbers, received ${values[at]} in row ${Math.floor(at / columns) + 1}, column ${(at % columns) + 1}`,
  );
}

function divide(path: string, found: FoundArrays, seed: number) {
  const { train, test } = found.kind === "divided" ? found : divideRows(found.all, seed);
  const [own, other] = [train.shape.slice(1).join(" x "), test.shape.slice(1).join(" x ")];
  if (own !== other)
    throw new DataFileError(`${path}: expected test examples of ${own} as in training, received ${other}`);
  if (train.shape[0] === 0 || test.shape[0] === 0)
    throw new DataFileError(`${path}: expected examples to train on and to test on, received none`);
  return { train, test };
}

function asImages(train: StoredArray, test: StoredArray): LoadedData {
  const images = ({ shape: [count = 0, ...rest], values }: StoredArray) => {
    const shape = rest.length === 2 ? [...rest, 1] : rest;
    return { values: Uint8Array.from(values).subarray(0, count * sizeOfShape(shape)), shape, count };
  };
  return { train: images(train), test: images(test) };
}
