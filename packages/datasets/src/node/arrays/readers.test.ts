import { describe, expect, it } from "vitest";
import { npyFile as npy, npyHeader as header } from "../../../test-support/npz.ts";
import { readCsv } from "./read-csv.ts";
import { readIdx } from "./read-idx.ts";
import { readNpy } from "./read-npy.ts";

const text = (content: string) => new TextEncoder().encode(content);

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
