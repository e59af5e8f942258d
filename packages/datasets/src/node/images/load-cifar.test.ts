import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ArgumentError } from "@invertible/errors";
import { DataFileError } from "../../errors.ts";
import { smallArchive, smallBatches, smallCifar } from "../../../test-support/cifar.ts";
import { serve } from "../../../test-support/idx.ts";
import { sha256Of } from "../files/sha256.ts";
import { copyRecords } from "./cifar-records.ts";
import { loadCifar } from "./load-cifar.ts";
import type { CifarOptions, CifarSet } from "./load-cifar.ts";

let folder = "";
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "invertible-cifar-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const load = (options: CifarOptions, set = smallCifar) => loadCifar("loadSmall", set, options);
const failure = (options: CifarOptions, set?: CifarSet) =>
  load(options, set).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
const brotli = (bytes: Uint8Array) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });

async function writeBatches(
  into: string,
  { ending = "", pack = (bytes: Uint8Array): Uint8Array => bytes, names = [...smallBatches.keys()] } = {},
): Promise<void> {
  await mkdir(into, { recursive: true });
  for (const name of names) await writeFile(join(into, name + ending), pack(smallBatches.get(name)!));
}

describe("a folder of batches", () => {
  it.each([
    [".", "", undefined],
    ["small-cifar", ".gz", (bytes: Uint8Array) => gzipSync(bytes)],
    ["small-bin", ".br", brotli],
  ])("is read, the files lying in %s, named *%s", async (subfolder, ending, pack) => {
    await writeBatches(join(folder, subfolder), { ending, ...(pack && { pack }) });
    const { train, test, batches } = await load({ folder });
    expect(batches).toEqual([1, 2]);
    expect([train.count, train.shape, train.values.length]).toEqual([6, [32, 32, 3], 6 * 3072]);
    expect([...train.labels[0]!, ...test.labels[0]!]).toEqual([1, 2, 3, 2, 3, 4, 6, 7, 8]);
    // Image 4 is the second of batch 2. Of the pixel in row 5, column 9 the planes hold places 169, 1193 and 2217.
    const pixel = train.values.subarray(4 * 3072 + 3 * 169, 4 * 3072 + 3 * 170);
    expect([...pixel]).toEqual([169, 1193, 2217].map((place) => (place * 7 + 62 + 3) % 256));
  });

  it("that lacks one is refused, unless it is said which are wanted", async () => {
    await writeBatches(folder, { names: ["data_batch_2.bin", "test_batch.bin"] });
    const error = await failure({ folder });
    expect(DataFileError.is(error)).toBe(true);
    expect(error!.message).toBe(
      `loadSmall: expected data_batch_1.bin in ${folder}, received no such file; pass batches: [2] to train on those that are there`,
    );
    for (const batches of [[2], "present"] as const) {
      const { train, batches: read } = await load({ folder, batches });
      expect([read, train.count, [...train.labels[0]!]]).toEqual([[2], 3, [2, 3, 4]]);
    }
    expect((await failure({ folder, batches: [1] }))!.message).toContain("expected data_batch_1.bin in");
  });

  it("that has nothing to train on is named with all that would do", async () => {
    expect((await failure({ folder, batches: "present" }))!.message).toContain(
      "expected data_batch_1.bin, test_batch.bin in",
    );
    expect((await failure({ folder }))!.message).toContain("received no such file; nor small-binary.tar.gz");
  });

  const name = "data_batch_1.bin";
  const changed = smallBatches.get(name)!.map((byte, i) => (i === 50 ? byte ^ 1 : byte));
  it.each([
    ["one bit changed", "", changed, "expected content with SHA-256"],
    ["cut off", "", changed.subarray(0, 5000), "expected 9219 bytes, received 5000"],
    [
      "cut off inside gzip",
      ".gz",
      gzipSync(changed).subarray(0, 30),
      "packed by gzip, received damaged data",
    ],
    [
      "too long inside gzip",
      ".gz",
      gzipSync(new Uint8Array(1e6)),
      "9219 bytes packed by gzip, received more",
    ],
    ["no brotli", ".br", changed, "expected 9219 bytes packed by brotli, received damaged data"],
    ["far too large", "", new Uint8Array(1e5), "expected a file of at most"],
  ])("with a file that is damaged is refused: %s", async (_, ending, bytes, message) => {
    await writeBatches(folder, { names: ["data_batch_2.bin", "test_batch.bin"] });
    await writeFile(join(folder, name + ending), bytes);
    const error = await failure({ folder });
    expect(DataFileError.is(error)).toBe(true);
    expect(error!.message).toContain(`loadSmall: ${join(folder, name + ending)}: `);
    expect(error!.message).toContain(message);
  });
});

describe("the archive", () => {
  it("is read from a folder, and downloaded once", async () => {
    await writeFile(join(folder, "small-binary.tar.gz"), smallArchive);
    const whole = await load({ folder });
    await writeBatches(join(folder, "batches"));
    expect(await load({ folder: join(folder, "batches") })).toEqual(whole);
    const server = await serve((_, response) => response.end(smallArchive));
    try {
      const options = { cache: join(folder, "cache"), mirrors: [server.address] };
      expect(await load(options)).toEqual(whole);
      expect((await load({ ...options, batches: [2] })).train.count).toBe(3);
      expect(server.asked).toEqual(["small-binary.tar.gz"]);
    } finally {
      await server.close();
    }
  });

  const withArchive = (bytes: Uint8Array): CifarSet => ({
    ...smallCifar,
    archive: { ...smallCifar.archive, bytes: bytes.length, sha256: sha256Of(bytes) },
  });
  const changed = smallArchive.map((byte, i) => (i === 100 ? byte ^ 1 : byte));
  const other = new Uint8Array(gzipSync(new Uint8Array(1024)));
  it.each([
    ["changed", changed, smallCifar, "expected a file with SHA-256"],
    [
      "no gzip",
      new Uint8Array(500),
      withArchive(new Uint8Array(500)),
      "expected a tar file in gzip, received",
    ],
    ["without the files", other, withArchive(other), "expected data_batch_1.bin of 9219 bytes inside"],
  ])("is refused: %s", async (_, bytes, set, message) => {
    await writeFile(join(folder, "small-binary.tar.gz"), bytes);
    const error = await failure({ folder }, set);
    expect(DataFileError.is(error)).toBe(true);
    expect(error!.message).toContain(message);
  });
});

describe("records", () => {
  const target = { values: new Uint8Array(3072), labels: [new Uint8Array(1), new Uint8Array(1)], first: 0 };

  it("with two labels keep both in order", () => {
    const record = new Uint8Array(3074);
    record.set([19, 99]);
    copyRecords("file", record, { ranges: [20, 100], count: 1 }, target);
    expect(target.labels.map(([label]) => label)).toEqual([19, 99]);
  });

  it("with a label outside its range, or of another length, are refused", () => {
    const record = new Uint8Array(3074);
    record.set([20, 1]);
    const format = { ranges: [20, 100], count: 1 };
    expect(() => copyRecords("file", record, format, target)).toThrow(
      "file: expected labels in [0, 20), received 20 in record 0",
    );
    expect(() => copyRecords("file", record.subarray(1), format, target)).toThrow(
      "file: expected 1 records of 3074 bytes (3074 bytes), received 3073 bytes",
    );
  });
});

describe("contradictory options", () => {
  it.each([
    [{ batches: [] }, "increasing numbers in 1..2"],
    [{ batches: [2, 1] }, "increasing numbers in 1..2"],
    [{ batches: [3] }, "increasing numbers in 1..2"],
    [{ batches: "present", mirrors: ["http://127.0.0.1"] }, '"present" together with a folder'],
  ] as [CifarOptions, string][])("are refused: %j", async (options, message) => {
    const error = await failure({ mirrors: ["http://127.0.0.1"], ...options });
    expect(ArgumentError.is(error)).toBe(true);
    expect(error!.message).toContain(message);
  });
});
