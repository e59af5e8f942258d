import { FileFormatError } from "@invertible/errors";
import { describe, expect, it } from "vitest";
import { decodeSafetensors, encodeSafetensors, largestHeader } from "../index.ts";
import type { StoredTensor } from "../index.ts";

/** Written by the reference implementation: Python, safetensors 0.8.0, `safetensors.numpy.save`. */
const reference = Buffer.from(
  "iAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJ4Iiwibm90ZSI6IsOpIn0sImJpZyI6eyJkdHlwZSI6Ikk2NCIsInNoYXBlIjpbMV0sImRh" +
    "dGFfb2Zmc2V0cyI6WzAsOF19LCJkIjp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOls4LDE2XX0sImIud2VpZ2h0Ijp7ImR0" +
    "eXBlIjoiRjMyIiwic2hhcGUiOlsyLDJdLCJkYXRhX29mZnNldHMiOlsxNiwzMl19LCJlbXB0eSI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMCwzXSwi" +
    "ZGF0YV9vZmZzZXRzIjpbMzIsMzJdfSwiYSI6eyJkdHlwZSI6IkkzMiIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzMyLDQ0XX0sImZsYWciOnsi" +
    "ZHR5cGUiOiJCT09MIiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbNDQsNDZdfX0gIAAAAAAAAQAAmpmZmZmZuT8AAMA/AAAAwAAAUEDNzMw9AQAA" +
    "AP7///8DAAAAAQA=",
  "base64",
);

const contents = {
  tensors: new Map<string, StoredTensor>([
    ["b.weight", { dtype: "F32", shape: [2, 2], data: new Float32Array([1.5, -2, 3.25, 0.1]) }],
    ["a", { dtype: "I32", shape: [3], data: new Int32Array([1, -2, 3]) }],
    ["flag", { dtype: "BOOL", shape: [2], data: new Uint8Array([1, 0]) }],
    ["d", { dtype: "F64", shape: [], data: new Float64Array([0.1]) }],
    ["big", { dtype: "I64", shape: [1], data: new BigInt64Array([2n ** 40n]) }],
    ["empty", { dtype: "F32", shape: [0, 3], data: new Float32Array(0) }],
  ]),
  metadata: new Map([
    ["format", "x"],
    ["note", "é"],
  ]),
};

/** A file from any header text (or bytes) and data. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): Uint8Array {
  const text =
    header instanceof Uint8Array
      ? header
      : Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + data.length);
  new DataView(out.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  out.set(text, 8);
  out.set(data, 8 + text.length);
  return out;
}

describe("safetensors", () => {
  it("writes the same bytes as the reference implementation", () => {
    expect(Buffer.from(encodeSafetensors(contents)).equals(reference)).toBe(true);
  });

  it("reads a file of the reference implementation, at any alignment", () => {
    for (let shift = 0; shift < 8; shift++) {
      const shifted = new Uint8Array(shift + reference.length).subarray(shift);
      shifted.set(reference);
      const { tensors, metadata } = decodeSafetensors(shifted);
      expect(new Map([...tensors].sort())).toEqual(new Map([...contents.tensors].sort()));
      expect(metadata).toEqual(contents.metadata);
    }
  });

  it("keeps every bit, NaN payloads and negative zero included", () => {
    const bits = new Uint32Array([0x7fc12345, 0x80000000, 0x00000001, 0xff800000]);
    const data = new Float32Array(bits.buffer);
    const file = encodeSafetensors({
      tensors: new Map([["x", { dtype: "F32", shape: [4], data }]]),
      metadata: new Map(),
    });
    const read = decodeSafetensors(file).tensors.get("x")!.data;
    expect(new Uint32Array(read.buffer, read.byteOffset, 4)).toEqual(bits);
  });

  it("is not confused by names of built-in members", () => {
    const one: StoredTensor = { dtype: "U8", shape: [1], data: new Uint8Array([7]) };
    const tensors = new Map([
      ["__proto__", one],
      ["toString", one],
    ]);
    const read = decodeSafetensors(
      encodeSafetensors({ tensors, metadata: new Map([["__proto__", "text"]]) }),
    );
    expect([...read.tensors.keys()].sort()).toEqual(["__proto__", "toString"]);
    expect(read.metadata.get("__proto__")).toBe("text");
    expect(({} as Record<string, unknown>)["dtype"]).toBeUndefined();
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["an empty file", new Uint8Array(0), /at least 8 bytes, received 0/],
    ["7 bytes", new Uint8Array(7), /at least 8 bytes, received 7/],
    [
      "a header longer than the file",
      file("{}", undefined, 3n),
      /header length: expected at most the 2 bytes there are, received 3/,
    ],
    [
      "a header above the cap",
      file("{}", undefined, BigInt(largestHeader) + 1n),
      /header length: expected at most 10000000 bytes/,
    ],
    ["a header of 2^64 - 1 bytes", file("{}", undefined, 2n ** 64n - 1n), /received "18446744073709551615"/],
    ["an empty header", file(""), /begins with "\{"/],
    ["a header that is not UTF-8", file(new Uint8Array([0x7b, 0xff, 0x7d])), /UTF-8/],
    ["a header that is not JSON", file("{nonsense"), /header: expected a JSON object/],
    ["a header with a byte order mark", file("\ufeff{}"), /begins with "\{"/],
    ["an array for a header", file("[]"), /begins with "\{"/],
    ["a deeply nested header", file(`{"a":${"[".repeat(1_000_000)}`), /header: expected a JSON object/],
    [
      "metadata that is not an object",
      file({ __metadata__: "x" }),
      /__metadata__: expected a JSON object, received "x"/,
    ],
    [
      "metadata that is not a string",
      file({ __metadata__: { a: 1 } }),
      /__metadata__ "a": expected a string, received 1/,
    ],
    ["an entry that is not an object", file({ w: 1 }), /tensor "w": expected a JSON object, received 1/],
    [
      "an unknown member",
      file({ w: { dtype: "U8", shape: [0], data_offsets: [0, 0], x: 1 } }),
      /data_offsets only, received "x"/,
    ],
    [
      "an unknown type",
      file({ w: { dtype: "F8", shape: [0], data_offsets: [0, 0] } }),
      /dtype: expected one of .*, received "F8"/,
    ],
    [
      "a type named like a member",
      file({ w: { dtype: "toString", shape: [0], data_offsets: [0, 0] } }),
      /dtype: expected/,
    ],
    [
      "a negative size",
      file({ w: { dtype: "U8", shape: [-1], data_offsets: [0, 0] } }),
      /shape: expected an array of sizes/,
    ],
    [
      "a fractional size",
      file({ w: { dtype: "U8", shape: [0.5], data_offsets: [0, 0] } }),
      /shape: expected an array of sizes/,
    ],
    [
      "no shape",
      file({ w: { dtype: "U8", data_offsets: [0, 0] } }),
      /shape: expected an array of sizes, received undefined/,
    ],
    [
      "one offset",
      file({ w: { dtype: "U8", shape: [0], data_offsets: [0] } }),
      /data_offsets: expected \[begin, end\]/,
    ],
    [
      "a huge shape",
      file({ w: { dtype: "F32", shape: [1e8, 1e8], data_offsets: [0, 4] } }, new Uint8Array(4)),
      /as many bytes as F32/,
    ],
    [
      "fewer bytes than the shape",
      file({ w: { dtype: "F32", shape: [2], data_offsets: [0, 4] } }, new Uint8Array(4)),
      /as many bytes as F32 \[2\] holds, received 4/,
    ],
    [
      "reversed offsets",
      file({ w: { dtype: "U8", shape: [1], data_offsets: [1, 0] } }, new Uint8Array(1)),
      /as many bytes/,
    ],
    [
      "a hole",
      file({ w: { dtype: "U8", shape: [1], data_offsets: [1, 2] } }, new Uint8Array(2)),
      /"w" data_offsets: expected begin 0, received 1/,
    ],
    [
      "an overlap",
      file(
        {
          v: { dtype: "U8", shape: [2], data_offsets: [0, 2] },
          w: { dtype: "U8", shape: [2], data_offsets: [1, 3] },
        },
        new Uint8Array(3),
      ),
      /"w" data_offsets: expected begin 2, received 1/,
    ],
    [
      "two of one name",
      file(
        `{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`,
        new Uint8Array(2),
      ),
      /expected begin 0, received 1/,
    ],
    [
      "missing data",
      file({ w: { dtype: "U8", shape: [2], data_offsets: [0, 2] } }, new Uint8Array(1)),
      /data: expected 2 bytes, as the header says, received 1/,
    ],
    [
      "data left over",
      file({ w: { dtype: "U8", shape: [1], data_offsets: [0, 1] } }, new Uint8Array(2)),
      /data: expected 1 bytes, as the header says, received 2/,
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(message);
    try {
      decodeSafetensors(bytes);
    } catch (error) {
      expect(FileFormatError.is(error)).toBe(true);
      expect((error as Error).message.length).toBeLessThan(400);
    }
  });

  it("refuses a file cut short anywhere", () => {
    for (let length = 0; length < reference.length; length++)
      expect(() => decodeSafetensors(reference.subarray(0, length)), `${length} bytes`).toThrow(
        FileFormatError,
      );
  });

  it("reads or refuses, and never fails otherwise, when any bit is flipped", () => {
    let refused = 0;
    for (let bit = 0; bit < 8 * reference.length; bit++) {
      const flipped = new Uint8Array(reference);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      try {
        decodeSafetensors(flipped);
      } catch (error) {
        if (!FileFormatError.is(error)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it("refuses to write what does not fit together", () => {
    const encode = (name: string, tensor: StoredTensor) => () =>
      encodeSafetensors({ tensors: new Map([[name, tensor]]), metadata: new Map() });
    expect(encode("w", { dtype: "F32", shape: [2], data: new Float32Array(3) })).toThrow(
      /"w" data: expected 2 elements, received 3/,
    );
    expect(encode("w", { dtype: "F32", shape: [2], data: new Int32Array(2) })).toThrow(
      /expected "?Float32Array"?, received "Int32Array"/,
    );
    expect(encode("w", { dtype: "F32", shape: [-1], data: new Float32Array(1) })).toThrow(/shape/);
    expect(encode("__metadata__", { dtype: "U8", shape: [0], data: new Uint8Array(0) })).toThrow(/reserved/);
  });
});
