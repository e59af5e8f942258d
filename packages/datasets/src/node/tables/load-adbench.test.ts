import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataFileError } from "../../errors.ts";
import { npyFile, npyHeader, npzFile } from "../../../test-support/npz.ts";
import { divideNormalRows } from "./divide-normal-rows.ts";
import { loadAdbench, readAnomalyRows } from "./load-adbench.ts";
import type { AdbenchName, AnomalyRows } from "./load-adbench.ts";

let folder = "";
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "invertible-adbench-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytesOf = (numbers: Float64Array | Int16Array | Int32Array | BigInt64Array) =>
  new Uint8Array(numbers.buffer);
const labels = (...of: number[]) =>
  npyFile(npyHeader("<i4", "False", `${of.length},`), bytesOf(Int32Array.from(of)));
// Rows [1, 10], [2, 20], [3, 30]: in Fortran's order the first column comes first.
const fortran = npyFile(npyHeader("<i2", "True", "3, 2"), bytesOf(Int16Array.of(1, 2, 3, 10, 20, 30)));

const read = async (arrays: Readonly<Record<string, Uint8Array>>) => {
  const path = join(folder, "set.npz");
  await writeFile(path, npzFile(arrays));
  return readAnomalyRows(path);
};

describe("readAnomalyRows", () => {
  it("reads rows in Fortran's order and labels of either width", async () => {
    const expected = {
      values: Float64Array.of(1, 10, 2, 20, 3, 30),
      shape: [2],
      count: 3,
      labels: Uint8Array.of(0, 1, 0),
    };
    expect(await read({ X: fortran, y: labels(0, 1, 0) })).toEqual(expected);
    const wide = npyFile(npyHeader("<i8", "False", "3,"), bytesOf(BigInt64Array.of(0n, 1n, 0n)));
    expect(await read({ X: fortran, y: wide })).toEqual(expected);
  });

  it.each([
    [{ X: fortran }, "expected arrays named X and y, received X.npy"],
    [{ X: fortran, y: labels(0, 1) }, "y: expected 3 labels, received 2"],
    [{ X: fortran, y: labels(0, 1, -1) }, "y: expected labels 0 and 1, received -1"],
    [{ X: labels(1, 2, 3), y: labels(0, 1, 0) }, "X: expected rows of numbers, received [3]"],
    [
      {
        X: npyFile(npyHeader("<f8", "False", "3, 1"), bytesOf(Float64Array.of(1, NaN, 2))),
        y: labels(0, 1, 0),
      },
      "X: expected finite numbers, received NaN in row 2",
    ],
  ])("refuses other content", async (arrays, message) => {
    const error = await read(arrays).catch((thrown: unknown) => thrown);
    expect(DataFileError.is(error)).toBe(true);
    expect((error as Error).message).toContain(message);
  });
});

describe("loadAdbench", () => {
  it("refuses a file of other bytes, and a name that it does not know", async () => {
    await writeFile(join(folder, "42_WBC.npz"), npzFile({ X: fortran, y: labels(0, 1, 0) }));
    await expect(loadAdbench("wbc", { folder })).rejects.toThrow("expected a file with SHA-256 650f9dcb");
    await expect(loadAdbench("glass" as AdbenchName, { folder })).rejects.toThrow(
      "expected one of annthyroid",
    );
  });
});

describe("divideNormalRows", () => {
  // Normal rows 0..19 with a constant third column, of which rows 3 and 7 occur twice; anomalies with a negative first column.
  const normal = [...Array.from({ length: 20 }, (_, i) => i), 3, 7].map((i) => [i, i * i, 5]);
  const anomalies = [1, 2, 3].map((i) => [-i, i, 6]);
  const rows: AnomalyRows = {
    values: Float64Array.from([...normal, ...anomalies].flat()),
    shape: [3],
    count: 25,
    labels: Uint8Array.from([...normal.map(() => 0), ...anomalies.map(() => 1)]),
  };

  it("trains on a share of the normal rows, and tests on the others and all anomalies", () => {
    const { train, test, duplicates, columns } = divideNormalRows(rows, { seed: 3, share: 0.75 });
    expect([train.count, test.count, duplicates, columns]).toEqual([15, 8, 2, [0, 1]]);
    expect([...test.labels]).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
    const sum = train.values.reduce((total, value, i) => (i % 2 === 0 ? total + value : total), 0);
    expect(Math.abs(sum)).toBeLessThan(1e-5);
    // No row is in both parts: the scaled first column tells rows apart.
    const first = (values: Float32Array) => [...values].filter((_, i) => i % 2 === 0);
    expect(new Set([...first(train.values), ...first(test.values)]).size).toBe(23);
  });

  it("repeats with the seed, and keeps duplicates where it is told to", () => {
    const kept = divideNormalRows(rows, { seed: 3, duplicates: "keep" });
    expect([kept.train.count, kept.test.count, kept.duplicates]).toEqual([11, 14, 0]);
    expect(divideNormalRows(rows, { seed: 3, duplicates: "keep" })).toEqual(kept);
    expect(divideNormalRows(rows, { seed: 4, duplicates: "keep" }).train).not.toEqual(kept.train);
  });

  it.each([
    [{ seed: -1 }, "seed: expected an integer in [0, 2^32), received -1"],
    [{ seed: 1, share: 1 }, "share: expected a number in (0, 1), received 1"],
    [{ seed: 1, duplicates: "some" as "keep" }, 'duplicates: expected one of drop, keep, received "some"'],
  ])("refuses %j", (options, message) => expect(() => divideNormalRows(rows, options)).toThrow(message));
});
