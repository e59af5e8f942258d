import { checkChoice, checkOptions } from "@invertible/errors";
import { DataFileError } from "../../errors.ts";
import { readNpy } from "../arrays/read-npy.ts";
import { largestBytes, unpackZip } from "../arrays/unpack.ts";
import type { FileReader, PublishedFile } from "../files/archive-source.ts";
import { loadOptionNames, openSource } from "../files/load-options.ts";
import type { LoadOptions, PublishedSet } from "../files/load-options.ts";
import { readDataFile } from "../files/read-data-file.ts";
import { readPublishedFile } from "../files/read-published-file.ts";
import { adbenchFiles } from "./adbench-files.ts";

/** Rows of numbers, each normal or an anomaly. */
export interface AnomalyRows {
  /** As in the file: not scaled, and rounded by nothing. */
  readonly values: Float64Array;
  /** [columns] */
  readonly shape: readonly number[];
  readonly count: number;
  /** 1 for an anomaly, 0 for a normal row. */
  readonly labels: Uint8Array;
}

/** The sets whose checksums are known. */
export type AdbenchName = keyof typeof adbenchFiles;

/** The sets that `loadAdbench` knows. */
export const adbenchNames = Object.keys(adbenchFiles) as readonly AdbenchName[];

const adbench: PublishedSet = {
  name: "adbench",
  mirrors: [
    "https://github.com/Minqi824/ADBench/raw/3dac8221081e190f157d78e93bfa8867f90d0965/adbench/datasets/Classical/",
  ],
  idleMilliseconds: 30_000,
};

const reader: FileReader<PublishedFile, AnomalyRows> = {
  storedNames: ({ name }) => [name],
  read: async (where, path, file, signal) =>
    anomalyRowsOf(where, await readPublishedFile(where, path, file, signal)),
};

/**
 * Loads a classical set of ADBench: rows of numbers with the label 1 for anomalies, as published. The numbers are not scaled, some
 * columns hold integers, and many rows occur several times (30 % of those of mammography); `divideNormalRows` prepares them for
 * density models.
 *
 * With `folder`, the published `.npz` file is read from it or from `folder/adbench`. Without it, the file is downloaded into
 * `cache`. Its SHA-256 is compared.
 *
 * @throws ArgumentError for an unknown name, and for contradictory options.
 * @throws DataFileError naming the file, what was expected and what was received.
 * @throws DownloadError with one reason for each mirror.
 * @throws the signal's reason where aborted.
 * @see Han, Hu, Huang, Jiang, Zhao (2022), "ADBench: Anomaly Detection Benchmark", arXiv:2206.09426
 */
export async function loadAdbench(name: AdbenchName, options: LoadOptions = {}): Promise<AnomalyRows> {
  const where = "loadAdbench";
  checkChoice(where, name, adbenchNames);
  checkOptions(where, options, loadOptionNames);
  const file = adbenchFiles[name];
  const source = await openSource<PublishedFile, AnomalyRows>({
    ...{ where, set: adbench, files: [file], reader, options },
  });
  return source(file);
}

/**
 * Reads any other set in the format of ADBench: an `.npz` file with rows `X` [n, columns] and labels `y` of 0 and 1 [n].
 *
 * @throws DataFileError for anything else; the signal's reason where aborted.
 */
export async function readAnomalyRows(path: string, signal?: AbortSignal): Promise<AnomalyRows> {
  return anomalyRowsOf(path, await readDataFile(path, path, { largestBytes, signal }));
}

function anomalyRowsOf(where: string, stored: Uint8Array): AnomalyRows {
  const files = unpackZip(where, stored);
  const [rows, labels] = ["X", "y"].map((name) => {
    const bytes = files[`${name}.npy`];
    if (bytes) return readNpy(`${where}: ${name}`, bytes);
    const found = Object.keys(files).join(", ").slice(0, 200) || "none";
    throw new DataFileError(`${where}: expected arrays named X and y, received ${found}`);
  }) as [ReturnType<typeof readNpy>, ReturnType<typeof readNpy>];
  const [count = 0, columns = 0] = rows.shape;
  if (rows.shape.length !== 2 || count * columns === 0)
    throw new DataFileError(`${where}: X: expected rows of numbers, received [${rows.shape.join(", ")}]`);
  if (labels.values.length !== count)
    throw new DataFileError(`${where}: y: expected ${count} labels, received ${labels.values.length}`);
  const stray = labels.values.find((label) => label !== 0 && label !== 1);
  if (stray !== undefined) throw new DataFileError(`${where}: y: expected labels 0 and 1, received ${stray}`);
  const at = rows.values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0)
    throw new DataFileError(
      `${where}: X: expected finite numbers, received ${rows.values[at]} in row ${Math.floor(at / columns) + 1}`,
    );
  return {
    values: Float64Array.from(rows.values),
    shape: [columns],
    count,
    labels: Uint8Array.from(labels.values),
  };
}
