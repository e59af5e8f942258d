import { loadPackage } from "@invertible/errors";
import { DataFileError } from "../../../errors.ts";
import type { ExampleSet } from "../../../example-set.ts";
import { sizeOfShape } from "../../arrays/stored-array.ts";
import type { StoredArray } from "../../arrays/stored-array.ts";
import { withDataFile } from "../../files/read-data-file.ts";
import type { DividedTable } from "./divide.ts";

/** The file has about 330 MB in float32, and 660 MB in float64. */
const largestHdf5 = 2 ** 30;

/** How every HDF5 file begins. */
const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** The names of its arrays. */
type BsdsPart = "train" | "validation" | "test";

/** BSDS300 is published divided and scaled. Nothing is left but to make float32 of it. */
export function asDivided(parts: Readonly<Record<BsdsPart, StoredArray>>): DividedTable {
  const asExamples = ({ shape, values }: StoredArray): ExampleSet<Float32Array> => ({
    values: Float32Array.from(values),
    shape: shape.slice(1),
    count: shape[0]!,
  });
  return {
    train: asExamples(parts.train),
    validation: asExamples(parts.validation),
    test: asExamples(parts.test),
  };
}

/**
 * Reads the arrays train, validation and test of an HDF5 file with the package h5wasm, which the user has to install.
 *
 * @throws UnsupportedError where h5wasm is not installed.
 * @throws DataFileError for a file that is no HDF5, or lacks an array of rows.
 */
export async function readBsdsHdf5(where: string, path: string, signal?: AbortSignal): Promise<DividedTable> {
  await withDataFile(where, path, { largestBytes: largestHdf5, signal }, async (handle) => {
    const buffer = new Uint8Array(8);
    const { bytesRead } = await handle.read(buffer, 0, 8, 0);
    // The library opens anything, and finds nothing in it.
    if (bytesRead < 8 || !signature.every((byte, i) => buffer[i] === byte))
      throw new DataFileError(`${where}: expected an HDF5 file, received another content`);
  });
  const hdf5 = await loadPackage(where, "h5wasm", () => import("h5wasm/node"));
  await hdf5.ready;
  const file = new hdf5.File(path, "r");
  try {
    const read = (name: string): StoredArray => {
      signal?.throwIfAborted();
      const found = file.get(name);
      const shape = found instanceof hdf5.Dataset ? found.shape : null;
      const values = found instanceof hdf5.Dataset && shape?.length === 2 ? found.value : null;
      if (!shape || !(values instanceof Float32Array || values instanceof Float64Array))
        throw new DataFileError(
          `${where}: expected an array of rows named ${name}, received ${shape ? `shape [${shape.join(", ")}]` : "none"}`,
        );
      if (values.length !== sizeOfShape(shape))
        throw new DataFileError(
          `${where}: ${name}: expected ${sizeOfShape(shape)} numbers, received ${values.length}`,
        );
      return { shape, values: Float64Array.from(values) };
    };
    return asDivided({ train: read("train"), validation: read("validation"), test: read("test") });
  } finally {
    file.close();
  }
}
