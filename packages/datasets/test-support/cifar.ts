import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { sha256Of } from "../src/node/files/sha256.ts";
import type { CifarSet } from "../src/node/images/load-cifar.ts";

const records = 3;

/** Records of labels and planes: the value at a place of a plane tells record, plane and place apart. */
function batch(number: number): Uint8Array {
  const bytes = new Uint8Array(records * 3073);
  for (let record = 0; record < records; record++) {
    bytes[record * 3073] = (number + record) % 10;
    for (let i = 0; i < 3072; i++) bytes[record * 3073 + 1 + i] = (i * 7 + number * 31 + record * 3) % 256;
  }
  return bytes;
}

const publish = (name: string, bytes: Uint8Array) => ({ name, bytes: bytes.length, sha256: sha256Of(bytes) });

/** The unpacked files of a set like CIFAR-10 with three images in each, by name. */
export const smallBatches: ReadonlyMap<string, Uint8Array> = new Map([
  ["data_batch_1.bin", batch(1)],
  ["data_batch_2.bin", batch(2)],
  ["test_batch.bin", batch(6)],
]);

const files = [...smallBatches].map(([name, bytes]) => publish(name, bytes));

/** The same files in an archive, beside one that is not asked for. */
export const smallArchive = new Uint8Array(
  gzipSync(
    await packTar([
      { header: { name: "small-bin/", type: "directory", size: 0 } },
      { header: { name: "small-bin/readme.html", size: 4, type: "file" }, body: "text" },
      ...[...smallBatches].map(([name, bytes]) => ({
        header: { name: `small-bin/${name}`, size: bytes.length, type: "file" as const },
        body: bytes,
      })),
    ]),
  ),
);

/** A set like CIFAR-10. */
export const smallCifar: CifarSet = {
  name: "small-cifar",
  folders: ["small-bin"],
  mirrors: [],
  idleMilliseconds: 20_000,
  archive: { ...publish("small-binary.tar.gz", smallArchive), contents: files },
  train: files.slice(0, 2),
  test: files[2]!,
  ranges: [10],
};
