import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DataFileError } from "../../errors.ts";
import { idxReader, unpackIdx } from "./idx-file.ts";
import { idxBytes, smallFiles, smallSet } from "../../../test-support/idx.ts";

const file = smallSet.test.images;
const stored = smallFiles.get(file.name)!;
const values = await unpackIdx("test", file, stored);

describe("unpackIdx", () => {
  it("gives the values without the header, from gzip or plain", async () => {
    expect(values.length).toBe(10 * 28 * 28);
    const plain = idxBytes(2051, [10, 28, 28], values);
    expect(await unpackIdx("test", file, plain)).toEqual(values.slice());
    // The file was compressed again by someone else: the bytes outside differ, and the content is the same.
    expect(await unpackIdx("test", file, gzipSync(plain, { level: 1 }))).toEqual(values);
  });

  const flipped = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 0xff : byte));
  const changed = values.map((value, i) => (i === 5 ? value ^ 1 : value));

  it.each([
    [
      "cut off",
      stored.slice(0, 3000),
      `a whole gzip file of ${stored.length} bytes, received one cut off after 3000`,
    ],
    [
      "damaged",
      flipped(stored, stored.length - 6),
      "valid gzip data, received damaged data (incorrect data check)",
    ],
    [
      "a damaged gzip header",
      flipped(stored, 2),
      "valid gzip data, received damaged data (unknown compression method)",
    ],
    ["empty", new Uint8Array(), "an IDX header of 16 bytes, received 0 bytes"],
    ["empty inside", gzipSync(new Uint8Array()), "an IDX header of 16 bytes, received 0 bytes"],
    [
      "a web page",
      new TextEncoder().encode("<!DOCTYPE html><html>"),
      'the magic number 2051, received text starting with "<!DOCTYPE html><"',
    ],
    [
      "labels instead of images",
      gzipSync(idxBytes(2049, [10, 28, 28], values)),
      "the magic number 2051, received 2049",
    ],
    [
      "fewer images",
      gzipSync(idxBytes(2051, [9, 28, 28], values)),
      "sizes 10 x 28 x 28, received 9 x 28 x 28",
    ],
    [
      "other sides",
      gzipSync(idxBytes(2051, [10, 14, 56], values)),
      "sizes 10 x 28 x 28, received 10 x 14 x 56",
    ],
    [
      "too short inside",
      gzipSync(idxBytes(2051, [10, 28, 28], values.slice(1))),
      "7856 bytes, received 7855 bytes",
    ],
    [
      "one byte too long",
      idxBytes(2051, [10, 28, 28], Uint8Array.of(...values, 0)),
      "7856 bytes, received 7857 bytes",
    ],
    ["far too long inside", gzipSync(new Uint8Array(1e6)), "7856 bytes inside, received more"],
    [
      "one bit changed",
      gzipSync(idxBytes(2051, [10, 28, 28], changed)),
      `content with SHA-256 ${file.contentSha256}, received `,
    ],
  ])("names the fault: %s", async (_, bytes, message) => {
    const error = await unpackIdx("loadSmall: /data/x.gz", file, bytes).catch((thrown: unknown) => thrown);
    expect(DataFileError.is(error)).toBe(true);
    expect((error as Error).message).toContain(`loadSmall: /data/x.gz: expected ${message}`);
  });
});

describe("a file whose content has no known checksum", () => {
  const { contentSha256, ...published } = file;

  it("is read compressed only, and by the checksum of the compressed bytes", async () => {
    expect(contentSha256).toBeDefined();
    expect(idxReader.storedNames(file).length).toBe(2);
    expect(idxReader.storedNames(published)).toEqual([published.name]);
    expect(await unpackIdx("test", published, stored)).toEqual(values);
    const again = gzipSync(idxBytes(2051, [10, 28, 28], values), { level: 1 });
    await expect(unpackIdx("test", published, again)).rejects.toThrow(
      `test: expected a file with SHA-256 ${published.sha256}, received `,
    );
  });
});
