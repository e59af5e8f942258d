import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataFileError } from "@invertible/datasets";
import { describeExtension } from "../extensions/extension.ts";
import { userDataset } from "./user-dataset.ts";

/** INVERTIBLE_LONG_TESTS=1 runs the long form. */
const rounds = process.env["INVERTIBLE_LONG_TESTS"] === "1" ? 1000 : 60;

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "bench-damaged-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = (content: string) => new TextEncoder().encode(content);

function npy(shape: string, values: Uint8Array, descr = "<f8"): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const padded = `${header.padEnd(117)}\n`;
  const head = Uint8Array.of(0x93, ...text("NUMPY"), 1, 0, padded.length, 0);
  return Buffer.concat([head, text(padded), values]);
}

function idx(sizes: readonly number[], length: number): Uint8Array {
  const head = Buffer.alloc(4 + 4 * sizes.length);
  head.writeUInt32BE(0x0800 + sizes.length, 0);
  sizes.forEach((size, axis) => head.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([head, Uint8Array.from({ length }, (_, i) => (i * i) % 251)]);
}

const doubles = new Uint8Array(Float64Array.from({ length: 120 }, (_, i) => Math.sin(i)).buffer);
const rows = Array.from({ length: 40 }, (_, i) => [1, 2, 3].map((k) => Math.sin(i * k)).join(",")).join("\n");

/** Whole files of each format, by the name they need. */
const wholeFiles: Readonly<Record<string, Uint8Array>> = {
  "images-ubyte": idx([20, 6, 6], 720),
  "images-ubyte.gz": gzipSync(idx([20, 6, 6], 720)),
  "rows.npy": npy("40, 3", doubles),
  "rows.npz": zipSync({
    "train.npy": npy("20, 3", doubles.subarray(0, 480)),
    "test.npy": npy("20, 3", doubles.subarray(480)),
  }),
  "rows.csv": text(`a,b,c\n${rows}\n`),
};

/** mulberry32: the same numbers in [0, 1) for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const telling = [0x00, 0xff, 0x7f, 0x80, ..."'\",()\n0123456789eE-.N".split("").map((c) => c.charCodeAt(0))];

/** One to eight changes: bytes replaced (mostly near the beginning, where formats say what follows), cut off, repeated, put in. */
function mutate(whole: Uint8Array, random: () => number): Uint8Array {
  let bytes = whole.slice();
  const below = (limit: number) => Math.floor(random() * limit);
  const place = () => below(random() < 0.6 ? Math.min(bytes.length, 130) : bytes.length);
  const byte = () => (random() < 0.5 ? telling[below(telling.length)]! : below(256));
  for (let change = below(8); change >= 0 && bytes.length > 0; change--) {
    const [at, kind] = [place(), random()];
    if (kind < 0.6) bytes[at] = byte();
    else if (kind < 0.7) bytes = bytes.slice(0, at);
    else if (kind < 0.8) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(bytes.length))]);
    else
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        Uint8Array.from({ length: below(9) }, byte),
        bytes.subarray(at),
      ]);
  }
  return bytes;
}

describe("damaged data", () => {
  it.each(Object.keys(wholeFiles))(
    `are read or refused in time, ${rounds} times %s`,
    async (name) => {
      const path = join(folder, name);
      writeFileSync(path, wholeFiles[name]!);
      await userDataset("mine", path);
      const random = generator(20_240_601);
      let [refused, slowest] = [0, 0];
      const before = process.memoryUsage().arrayBuffers;
      for (let round = 0; round < rounds; round++) {
        writeFileSync(path, mutate(wholeFiles[name]!, random));
        const started = performance.now();
        try {
          const data = await userDataset("mine", path);
          await data.load({ task: "density", train: 10, test: 10, trainSeed: 1, testSeed: 2, source: null });
        } catch (error) {
          expect(DataFileError.is(error), `round ${round}: ${String(error)}`).toBe(true);
          expect((error as Error).message.length).toBeLessThan(600);
          refused++;
        }
        slowest = Math.max(slowest, performance.now() - started);
      }
      expect(refused).toBeGreaterThan(rounds / 10);
      expect(slowest).toBeLessThan(5000);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28);
    },
    600_000,
  );

  const refused = async (name: string, bytes: Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return userDataset("mine", path).then(
      () => "",
      (error: unknown) => (expect(DataFileError.is(error)).toBe(true), (error as Error).message),
    );
  };

  it("that promise more than they hold are refused without the memory for it", async () => {
    // 10 MB of zeros in 10 kB, under a head that promises 36 bytes.
    const bomb = gzipSync(Buffer.concat([idx([1, 6, 6], 36), Buffer.alloc(1e7)]));
    expect(await refused("bomb-ubyte.gz", bomb)).toContain("received one that unpacks to more than it may");
    expect(await refused("wide.npy", npy("0, 99999999999999999999", new Uint8Array()))).toContain(
      "a size that can be counted",
    );
    expect(await refused("deep.npy", npy("1,".repeat(70).slice(0, 60), doubles))).not.toBe("");
    const zip = zipSync({ "train.npy": npy("40, 3", doubles) });
    const view = new DataView(zip.buffer);
    const directory = Buffer.from(zip).indexOf("PK\x01\x02");
    view.setUint32(directory + 24, 0x3fff_ffff, true);
    expect(await refused("liar.npz", zip)).toMatch(/received one that claims 1073741823 of \d+ stored/);
    // Nor does it help to claim that much is stored.
    view.setUint32(directory + 20, 0x3fff_ffff, true);
    expect(await refused("liar.npz", zip)).toMatch(/received one that claims 1073741823 of/);
  });

  it("with NaN or infinity are refused: their columns would look constant", async () => {
    const numbers = Float64Array.from({ length: 120 }, (_, i) => (i === 64 ? NaN : i));
    expect(await refused("nan.npy", npy("40, 3", new Uint8Array(numbers.buffer)))).toMatch(
      /expected finite numbers, received NaN in row 22, column 2$/,
    );
  });
});

describe("what is no file", () => {
  it.skipIf(process.platform === "win32")(
    "is refused at once: a named pipe, a device, a folder in a file's place",
    async () => {
      const pipe = join(folder, "pipe.npy");
      execFileSync("mkfifo", [pipe]);
      await expect(userDataset("mine", pipe)).rejects.toThrow(
        `${pipe}: expected a readable file, received a named pipe`,
      );
      await expect(describeExtension("data", { name: "mine", file: pipe })).rejects.toThrow(
        "received a named pipe",
      );
      await expect(describeExtension("model", { name: "mine", file: "/dev/zero" })).rejects.toThrow(
        "received a device",
      );
      mkdirSync(join(folder, "data", "train.npy"), { recursive: true });
      mkdirSync(join(folder, "data", "test.npy"));
      await expect(userDataset("mine", join(folder, "data"))).rejects.toThrow(
        "train.npy: expected a readable file, received a folder",
      );
    },
  );

  it("and a file that is whole stop with the signal", async () => {
    const path = join(folder, "whole.npy");
    writeFileSync(path, wholeFiles["rows.npy"]!);
    await expect(userDataset("mine", path, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});
