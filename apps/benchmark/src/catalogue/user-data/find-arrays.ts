import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { DataFileError } from "@invertible/datasets";
import {
  idxSize,
  largestBytes,
  readCsv,
  readDataFile,
  readIdx,
  readNpy,
  unpackGzip,
  unpackZip,
} from "@invertible/datasets/node";
import type { StoredArray } from "@invertible/datasets/node";

/** What a path holds: training and test examples apart, or one array that is still to be divided. */
export type FoundArrays =
  | { readonly kind: "divided"; readonly train: StoredArray; readonly test: StoredArray }
  | { readonly kind: "whole"; readonly all: StoredArray };

/** The names of MNIST's files, under which other data in its format come too. */
const idxNames = { train: "train-images-idx3-ubyte", test: "t10k-images-idx3-ubyte" };
/** Of names that a message repeats. */
const longestName = 80;
const listed = (names: readonly string[]) =>
  names
    .slice(0, 5)
    .map((name) => name.slice(0, longestName))
    .join(", ");

const trainNames = ["train", "x_train", "train_images"];
const testNames = ["test", "x_test", "test_images"];

/**
 * Reads a folder in MNIST's IDX format, a folder with train and test as .npy or .csv, or one .npz, .npy or .csv file.
 * @throws DataFileError for anything else, naming what would do; the signal's reason when aborted.
 */
export async function findArrays(path: string, signal?: AbortSignal): Promise<FoundArrays> {
  const found = await stat(path).catch((error: Error) => {
    throw new DataFileError(`${path}: expected a folder or a file, received none (${error.message})`);
  });
  if (found.isDirectory()) return readFolder(path, signal);
  if (path.endsWith(".npz")) return readNpz(path, signal);
  return { kind: "whole", all: await readArray(path, signal) };
}

async function readFolder(folder: string, signal: AbortSignal | undefined): Promise<FoundArrays> {
  const names = await readdir(folder);
  const pick = (stems: readonly string[], endings: readonly string[]) =>
    stems.flatMap((stem) => endings.map((ending) => stem + ending)).find((name) => names.includes(name));
  const tables = [".npy", ".csv"];
  const train = pick([idxNames.train], ["", ".gz"]) ?? pick(trainNames, tables);
  const test = pick([idxNames.test], ["", ".gz"]) ?? pick(testNames, tables);
  if (train === undefined || test === undefined)
    throw new DataFileError(
      `${folder}: expected ${idxNames.train} and ${idxNames.test}, plain or .gz, or train and test as .npy or .csv, received ${listed(names) || "an empty folder"}`,
    );
  return {
    kind: "divided",
    train: await readArray(join(folder, train), signal),
    test: await readArray(join(folder, test), signal),
  };
}

async function readArray(path: string, signal: AbortSignal | undefined): Promise<StoredArray> {
  const name = basename(path, ".gz");
  const stored = await readDataFile(path, path, { largestBytes, signal });
  const sizeOf = name.endsWith("-ubyte") ? idxSize : undefined;
  const bytes = path.endsWith(".gz") ? await unpackGzip(path, stored, sizeOf) : stored;
  if (name.endsWith(".npy")) return readNpy(path, bytes);
  if (name.endsWith(".csv")) return readCsv(path, bytes);
  if (name.endsWith("-ubyte")) return readIdx(path, bytes);
  throw new DataFileError(
    `${path}: expected a name that ends in .npz, .npy, .csv or -ubyte, received ${name}`,
  );
}

/** Arrays by name: train and test where both are there, otherwise the only one that has rows of its own. */
async function readNpz(path: string, signal: AbortSignal | undefined): Promise<FoundArrays> {
  const files = unpackZip(path, await readDataFile(path, path, { largestBytes, signal }));
  const arrays = Object.entries(files).map(
    ([name, bytes]) =>
      [name.replace(/\.npy$/, ""), readNpy(`${path}: ${name.slice(0, longestName)}`, bytes)] as const,
  );
  const named = (names: readonly string[]) => arrays.find(([name]) => names.includes(name))?.[1];
  const [train, test] = [named(trainNames), named(testNames)];
  if (train && test) return { kind: "divided", train, test };
  const candidates = arrays.filter(([, { shape }]) => shape.length >= 2);
  if (candidates.length === 1) return { kind: "whole", all: candidates[0]![1] };
  throw new DataFileError(
    `${path}: expected arrays named train and test, or one array of rows, received ${listed(arrays.map(([name]) => name)) || "none"}`,
  );
}
