import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checkChoice, checkOptions } from "@invertible/errors";
import { DataFileError } from "../../errors.ts";
import { randomSource } from "../../random-source.ts";
import { readNpy } from "../arrays/read-npy.ts";
import type { StoredArray } from "../arrays/stored-array.ts";
import { largestBytes } from "../arrays/unpack.ts";
import { readDataFile } from "../files/read-data-file.ts";
import { asDivided, readBsdsHdf5 } from "./maf/bsds300.ts";
import type { DividedTable } from "./maf/divide.ts";
import { prepareGas } from "./maf/gas.ts";
import { hepmassRows, prepareHepmass } from "./maf/hepmass.ts";
import { divideMiniboone, prepareMiniboone } from "./maf/miniboone.ts";
import { preparePower } from "./maf/power.ts";
import { checkFinite, checkSize, publishedSizes } from "./maf/published-sizes.ts";
import type { PublishedSize } from "./maf/published-sizes.ts";
import { readNumberRows } from "./maf/read-number-rows.ts";

/** The sets of the MAF paper. */
export const mafTableNames = ["power", "gas", "hepmass", "miniboone", "bsds300"] as const;

/** One of them. */
export type MafTableName = (typeof mafTableNames)[number];

/** A table divided and scaled as in the MAF paper. */
export interface MafTable extends DividedTable {
  /**
   * Whether these are the rows of the published results. They are not where the authors have drawn rows at random, and ours are
   * another draw.
   */
  readonly rows: "published" | "another draw";
}

/** Options of `loadMafTable`. */
export interface MafTableOptions {
  /** The unpacked archive, or a folder with the files of the set, or with a subfolder named after it. */
  readonly folder: string;
  /** Stops reading. */
  readonly signal?: AbortSignal;
}

/**
 * Loads one of the tables on which density models are compared since the MAF paper: rows of numbers, as [columns], prepared and
 * divided by the rules of the authors' code.
 *
 * The files are those of the authors' archive (`data.tar.gz` of 817 MB, https://zenodo.org/records/1161203), which has to be unpacked:
 *
 * | name        | columns | read from the folder, from its subfolder of this name, or from `data/<name>`                        |
 * | ----------- | ------- | --------------------------------------------------------------------------------------------------- |
 * | `power`     | 6       | `data.npy`                                                                                          |
 * | `gas`       | 8       | `ethylene_CO.npy`, made from the pickle by Python, or the original `ethylene_CO.txt` (another draw) |
 * | `hepmass`   | 21      | `1000_train.csv` and `1000_test.csv`                                                                |
 * | `miniboone` | 43      | `data.npy`, or the original `MiniBooNE_PID.txt`                                                     |
 * | `bsds300`   | 63      | `BSDS300.hdf5`, which needs the package h5wasm, or `train.npy`, `validation.npy` and `test.npy`     |
 *
 * A pickle cannot be read here. This line of Python converts it:
 * `numpy.save("ethylene_CO.npy", pandas.read_pickle("ethylene_CO.pickle").to_numpy())`.
 *
 * The result must have the published number of rows and columns, or it is refused. The rules are tested on small tables, against
 * numbers computed by hand and by NumPy. None of this has been run on the real files here. Two rules are inferred: that the rows of
 * MINIBOONE are the signal events of the original file, which its published size suggests, and that GAS is a quarter
 * of the original rows, as a comment of the published code says. The latter was drawn without a seed.
 *
 * @throws DataFileError naming the file, what was expected and what was received.
 * @throws UnsupportedError where h5wasm is needed and not installed.
 * @throws the signal's reason where aborted.
 * @see Papamakarios, Pavlakou, Murray (2017), "Masked Autoregressive Flow for Density Estimation", arXiv:1705.07057, section 4.1
 */
export async function loadMafTable(name: MafTableName, options: MafTableOptions): Promise<MafTable> {
  checkChoice("loadMafTable", name, mafTableNames);
  checkOptions("loadMafTable", options, { folder: "required", signal: "optional" });
  return loadTable(name, options, publishedSizes[name]);
}

/** `loadMafTable` for tables of any size. */
export async function loadTable(
  name: MafTableName,
  { folder, signal }: MafTableOptions,
  expected: PublishedSize,
): Promise<MafTable> {
  signal?.throwIfAborted();
  const where = `loadMafTable: ${name}`;
  const place = await findPlace(where, name, resolve(folder));
  const table = await readers[name]({ where, ...place, signal });
  checkFinite(where, table);
  // Another draw has about as many rows, so only its columns tell whether it is the set.
  const { train, validation, test } = table;
  const rows = { train: train.count, validation: validation.count, test: test.count };
  checkSize(where, table, table.rows === "published" ? expected : { columns: expected.columns, ...rows });
  return table;
}

/** The files from which each set can be read, the best first. */
const fileNames: Readonly<Record<MafTableName, readonly (readonly string[])[]>> = {
  power: [["data.npy"]],
  gas: [["ethylene_CO.npy"], ["ethylene_CO.txt"]],
  hepmass: [["1000_train.csv", "1000_test.csv"]],
  miniboone: [["data.npy"], ["MiniBooNE_PID.txt"]],
  bsds300: [["train.npy", "validation.npy", "test.npy"], ["BSDS300.hdf5"]],
};

const remedies: Partial<Record<MafTableName, string>> = {
  gas: '; a pickle cannot be read, so convert it by Python: numpy.save("ethylene_CO.npy", pandas.read_pickle("ethylene_CO.pickle").to_numpy())',
};

interface Place {
  readonly paths: readonly string[];
}

async function findPlace(where: string, name: MafTableName, root: string): Promise<Place> {
  const own = name === "bsds300" ? "BSDS300" : name;
  // A subfolder of its own comes first: two sets have a file of the same name.
  const places = [join(root, own), join(root, "data", own), root];
  for (const place of places)
    for (const names of fileNames[name]) {
      const paths = names.map((each) => join(place, each));
      const areThere = await Promise.all(
        paths.map((path) =>
          stat(path).then(
            () => true,
            () => false,
          ),
        ),
      );
      if (areThere.every(Boolean)) return { paths };
    }
  const wanted = fileNames[name].map((names) => names.join(" and ")).join(", or ");
  throw new DataFileError(
    `${where}: expected ${wanted} in ${places.join(" or ")}, received no such file${remedies[name] ?? ""}`,
  );
}

interface ReadRequest extends Place {
  readonly where: string;
  readonly signal: AbortSignal | undefined;
}

const published = (table: DividedTable): MafTable => ({ ...table, rows: "published" });

const readers: Readonly<Record<MafTableName, (request: ReadRequest) => Promise<MafTable>>> = {
  power: async (request) => published(preparePower(request.where, await npyOf(request))),
  gas: async (request) => {
    const { where, paths, signal } = request;
    const path = paths[0]!;
    if (path.endsWith(".npy")) return published(prepareGas(where, await npyOf(request)));
    // The same draw every time. 4.2 million rows of the original become as many as the authors have.
    const random = randomSource(0);
    const table = await readNumberRows(path, path, { signal, keeps: () => random.uniform() < keptOfGas });
    return { ...prepareGas(where, shuffled(table, random)), rows: "another draw" };
  },
  hepmass: async ({ where, paths, signal }) => {
    const [trainPath, testPath] = paths as [string, string];
    const train = await readNumberRows(trainPath, trainPath, { signal, mostRows: () => hepmassRows.train });
    const test = await readNumberRows(testPath, testPath, { signal, mostRows: () => hepmassRows.test });
    return published(prepareHepmass(where, train, test));
  },
  miniboone: async (request) => {
    const { where, paths, signal } = request;
    const path = paths[0]!;
    if (path.endsWith(".npy")) return published(divideMiniboone(where, await npyOf(request)));
    // The heading says how many rows are signal and how many are background.
    const mostRows = ([signals]: readonly string[]) => Number(signals);
    return published(prepareMiniboone(where, await readNumberRows(path, path, { signal, mostRows })));
  },
  bsds300: async (request) => {
    const { paths, signal } = request;
    if (paths.length === 1) return published(await readBsdsHdf5(paths[0]!, paths[0]!, signal));
    const [train, validation, test] = [
      await npyOf(request, 0),
      await npyOf(request, 1),
      await npyOf(request, 2),
    ];
    return published(asDivided({ train, validation, test }));
  },
};

const keptOfGas = 0.25;

async function npyOf({ paths, signal }: ReadRequest, index = 0): Promise<StoredArray> {
  const path = paths[index]!;
  const array = readNpy(path, await readDataFile(path, path, { largestBytes, signal }));
  if (array.shape.length !== 2)
    throw new DataFileError(`${path}: expected rows of numbers, received [${array.shape.join(", ")}]`);
  return array;
}

function shuffled({ shape, values }: StoredArray, random: ReturnType<typeof randomSource>): StoredArray {
  const [count = 0, columns = 0] = shape;
  const mixed = Float64Array.from(values);
  const row = new Float64Array(columns);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    row.set(mixed.subarray(i * columns, (i + 1) * columns));
    mixed.copyWithin(i * columns, j * columns, (j + 1) * columns);
    mixed.set(row, j * columns);
  }
  return { shape, values: mixed };
}
