import { describe, expect, it } from "vitest";
import { divideRows } from "./divide-rows.ts";
import { readCsv } from "./read-csv.ts";
import { readIdx } from "./read-idx.ts";
import { readNpy } from "./read-npy.ts";
import { standardise } from "./standardise.ts";

const text = (content: string) => new TextEncoder().encode(content);

/** Writes an array as NumPy does: magic, version 1.0, length of the header, header padded to 64 bytes, values. */
function npy(header: string, values: Uint8Array): Uint8Array {
  const padded = `${header.padEnd(117)}\n`;
  return Buffer.concat([
    Uint8Array.of(0x93),
    text("NUMPY"),
    Uint8Array.of(1, 0, padded.length, 0),
    text(padded),
    values,
  ]);
}

describe("readIdx", () => {
  it("reads unsigned bytes with their sizes", () => {
    const file = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 9, 8, 7, 6);
    expect(readIdx("file", file)).toEqual({ shape: [1, 2, 2], values: Uint8Array.of(9, 8, 7, 6) });
    expect(() => readIdx("file", file.subarray(0, -1))).toThrow(
      "file: expected 4 bytes after the sizes 1 x 2 x 2, received 3",
    );
    expect(() => readIdx("file", text("not an IDX file"))).toThrow("expected an IDX file");
  });
});

describe("readNpy", () => {
  const header = (descr: string, order: "True" | "False", shape: string) =>
    `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`;

  it("reads numbers in either order of axes and of bytes", () => {
    const doubles = new Uint8Array(Float64Array.of(1, 2, 3, 4, 5, 6).buffer);
    expect(readNpy("file", npy(header("<f8", "False", "3, 2"), doubles))).toEqual({
      shape: [3, 2],
      values: Float64Array.of(1, 2, 3, 4, 5, 6),
    });
    expect(readNpy("file", npy(header("<f8", "True", "3, 2"), doubles)).values).toEqual(
      Float64Array.of(1, 4, 2, 5, 3, 6),
    );
    expect(readNpy("file", npy(header(">i2", "False", "2,"), Uint8Array.of(1, 2, 255, 255))).values).toEqual(
      Float64Array.of(258, -1),
    );
  });

  it("leaves bytes as they are, since they are pixels", () => {
    const { values } = readNpy("file", npy(header("|u1", "False", "2,"), Uint8Array.of(0, 255)));
    expect(values).toEqual(Uint8Array.of(0, 255));
  });

  it.each([
    [text("something else"), "expected a .npy array"],
    [npy(header("<c8", "False", "1,"), new Uint8Array(8)), "expected real numbers, received the type <c8"],
    [npy(header("<f8", "False", "2,"), new Uint8Array(8)), "received a file that ends before"],
  ])("refuses files with other content", (file, message) =>
    expect(() => readNpy("file", file)).toThrow(message),
  );
});

describe("readCsv", () => {
  it("reads a table with or without names", () => {
    const table = { shape: [2, 2], values: Float64Array.of(1, -2, 3e-1, 4) };
    expect(readCsv("file", text("1,-2\n0.3,4\n"))).toEqual(table);
    expect(readCsv("file", text('height,"width, cm"\r\n1,-2\r\n 0.3 ,4\r\n'))).toEqual(table);
  });

  it.each([
    ["1,2\n3,?\n", 'file: expected a number in row 2, column 2, received "?"'],
    ["1,2\n3\n", "file: expected CSV"],
  ])("refuses %j", (content, message) => expect(() => readCsv("file", text(content))).toThrow(message));
});

describe("rows", () => {
  const values = Float64Array.from({ length: 300 }, (_, i) => (i % 3 === 2 ? 7 : i));

  it("are divided at random, equally for equal seeds, and no row is in both parts", () => {
    const whole = { shape: [100, 3], values };
    const { train, test } = divideRows(whole, 5);
    expect([train.shape, test.shape]).toEqual([
      [80, 3],
      [20, 3],
    ]);
    expect(divideRows(whole, 5)).toEqual({ train, test });
    expect(divideRows(whole, 6).test.values).not.toEqual(test.values);
    const first = ({ values }: typeof train) => [...values].filter((_, i) => i % 3 === 0);
    expect([...first(train), ...first(test)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => 3 * i),
    );
  });

  it("have mean 0 and standard deviation 1 in the training part, and lose constant columns", () => {
    const { train, test } = standardise(
      { shape: [100, 3], values },
      { shape: [1, 3], values: values.slice(0, 3) },
    );
    expect([train.shape, train.count, test.count]).toEqual([[2], 100, 1]);
    const column = [...train.values].filter((_, i) => i % 2 === 1);
    const mean = column.reduce((a, b) => a + b, 0) / 100;
    expect(mean).toBeCloseTo(0, 5);
    expect(column.reduce((sum, x) => sum + x ** 2, 0) / 100).toBeCloseTo(1, 5);
    expect(test.values[0]).toBe(train.values[0]);
  });
});
