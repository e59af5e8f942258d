import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import hdf5 from "h5wasm/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataFileError } from "../../errors.ts";
import { npyOfRows } from "../../../test-support/npz.ts";
import { loadMafTable, loadTable } from "./load-maf-table.ts";
import type { MafTableName } from "./load-maf-table.ts";

let folder = "";
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "invertible-maf-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const made = (count: number, row: (i: number) => readonly number[]) =>
  Array.from({ length: count }, (_, i) => row(i));
const lines = (rows: readonly (readonly (number | string)[])[], separator: string, heading: string) =>
  `${[heading, ...rows.map((row) => row.join(separator))].join("\n")}\n`;
const put = async (path: string, content: Uint8Array | string) => {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), content);
};
const size = (columns: number, train: number, validation: number, test: number) => ({
  columns,
  train,
  validation,
  test,
});
const failure = (name: MafTableName, expected = size(1, 1, 1, 1)) =>
  loadTable(name, { folder }, expected).then(
    () => undefined,
    (error: unknown) => error as Error,
  );

describe("the files of a set", () => {
  const eight = made(40, (i) => [1, 2, 3, 4, 5, 6, 7, 8].map((k) => Math.sin(i * k)));

  it("lie in the unpacked archive, in a subfolder or in the folder itself", async () => {
    for (const path of ["data/power/data.npy", "power/data.npy", "data.npy"]) {
      await put(path, npyOfRows(eight));
      const { train, rows } = await loadTable("power", { folder }, size(6, 33, 3, 4));
      expect([train.count, rows]).toEqual([33, "published"]);
      await rm(join(folder, path));
    }
  });

  it("are named where they are missing", async () => {
    const error = await failure("gas");
    expect(DataFileError.is(error)).toBe(true);
    expect(error!.message).toContain(
      `loadMafTable: gas: expected ethylene_CO.npy, or ethylene_CO.txt in ${join(folder, "gas")} or`,
    );
    expect(error!.message).toContain("pandas.read_pickle");
  });

  it("of another size than published are refused", async () => {
    await put("power/data.npy", npyOfRows(eight));
    await expect(loadMafTable("power", { folder })).rejects.toThrow(
      "loadMafTable: power: expected 1659917 + 184435 + 204928 rows of 6 columns after preprocessing, received 33 + 3 + 4 rows of 6 columns",
    );
  });

  it("with NaN are refused", async () => {
    await put("power/data.npy", npyOfRows(eight.map((row, i) => (i === 9 ? row.map(() => NaN) : row))));
    expect((await failure("power"))!.message).toContain("expected columns that vary");
  });
});

describe("texts", () => {
  it("of HEPMASS are read with a heading, and with one column more in the test", async () => {
    const row = (i: number) => [(i % 2).toExponential(8), Math.sin(i), Math.cos(3 * i)];
    const rows = (count: number) => Array.from({ length: count }, (_, i) => row(i));
    await put("hepmass/1000_train.csv", lines(rows(60), ",", "# label,f0,f1"));
    await put(
      "hepmass/1000_test.csv",
      lines(
        rows(8).map((each) => [...each, 7]),
        ",",
        "# label,f0,f1,mass",
      ),
    );
    const { train, test } = await loadTable("hepmass", { folder }, size(2, 27, 3, 4));
    expect([train.count, test.count]).toEqual([27, 4]);
  });

  it("of MINIBOONE hold the signal first, as the heading says", async () => {
    const rows = made(50, (i) => (i < 40 ? [Math.sin(i), Math.cos(3 * i)] : [-500, -500]));
    await put("MiniBooNE_PID.txt", lines(rows, "   ", "    40   10"));
    const { rows: which } = await loadTable("miniboone", { folder }, size(2, 33, 3, 4));
    expect(which).toBe("published");
  });

  it("of GAS are a draw of a quarter, and the same one every time", async () => {
    const rows = made(400, (i) => [i, 0, 0, ...Array.from({ length: 16 }, (_, k) => Math.sin((k + 1) * i))]);
    await put(
      "gas/ethylene_CO.txt",
      lines(rows, " ", "Time (seconds), CO conc (ppm), Ethylene conc (ppm), sensors"),
    );
    const load = () => loadTable("gas", { folder }, size(16, 0, 0, 0));
    const { train, validation, test, rows: which } = await load();
    expect(which).toBe("another draw");
    const count = train.count + validation.count + test.count;
    expect(Math.abs(count - 100)).toBeLessThan(35);
    expect((await load()).train).toEqual(train);
  });

  it.each([
    ["1 2\n3 ?\n", 'expected a number in row 2, column 2, received "?"'],
    ["1 2\n3\n", "expected 2 numbers in row 2, received 1"],
    ["", "expected rows of numbers, received none"],
  ])("that are damaged are refused: %j", async (content, message) => {
    await put("miniboone/MiniBooNE_PID.txt", `40 10\n${content}`);
    const error = await failure("miniboone");
    expect(DataFileError.is(error)).toBe(true);
    expect(error!.message).toContain(`${join(folder, "miniboone", "MiniBooNE_PID.txt")}: ${message}`);
  });
});

describe("BSDS300", () => {
  const parts = { train: 5, validation: 2, test: 3 };
  const numbers = (count: number) =>
    Float32Array.from({ length: count * 4 }, (_, i) => Math.fround(Math.sin(i)));

  it("is read from HDF5 and from .npy alike", async () => {
    await hdf5.ready;
    await mkdir(join(folder, "BSDS300"));
    const file = new hdf5.File(join(folder, "BSDS300", "BSDS300.hdf5"), "w");
    for (const [name, count] of Object.entries(parts))
      file.create_dataset({ name, data: numbers(count), shape: [count, 4], dtype: "<f" });
    file.close();
    const fromHdf5 = await loadTable("bsds300", { folder }, size(4, 5, 2, 3));
    expect(fromHdf5.train.values).toEqual(numbers(5));
    await rm(join(folder, "BSDS300"), { recursive: true });
    for (const [name, count] of Object.entries(parts)) {
      const values = numbers(count);
      await put(`${name}.npy`, npyOfRows(made(count, (i) => [...values.subarray(4 * i, 4 * i + 4)])));
    }
    expect(await loadTable("bsds300", { folder }, size(4, 5, 2, 3))).toEqual(fromHdf5);
  });

  it("is refused where the file is no HDF5, or lacks an array", async () => {
    await put("BSDS300.hdf5", "something else");
    expect((await failure("bsds300"))!.message).toContain(
      "BSDS300.hdf5: expected an HDF5 file, received another content",
    );
    await hdf5.ready;
    const file = new hdf5.File(join(folder, "BSDS300.hdf5"), "w");
    file.create_dataset({ name: "train", data: numbers(5), shape: [20], dtype: "<f" });
    file.close();
    expect((await failure("bsds300"))!.message).toContain(
      "expected an array of rows named train, received shape [20]",
    );
  });
});
