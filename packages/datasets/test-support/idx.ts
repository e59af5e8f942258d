import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { sha256Of } from "../src/node/files/sha256.ts";
import type { IdxFile } from "../src/node/images/idx-file.ts";
import type { IdxSet } from "../src/node/images/load-idx.ts";

/** An IDX file of bytes: magic number, sizes, values, all numbers big-endian. */
export function idxBytes(magic: number, sizes: readonly number[], values: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sizes.length + values.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  sizes.forEach((size, axis) => view.setUint32(4 + 4 * axis, size));
  bytes.set(values, 4 + 4 * sizes.length);
  return bytes;
}

/** A published file and its bytes, with values that do not compress. */
function publish(
  name: string,
  magic: number,
  sizes: readonly number[],
): { file: IdxFile; bytes: Uint8Array } {
  const length = sizes.reduce((total, size) => total * size, 1);
  const values = Uint8Array.from({ length }, (_, i) => (i * i * 2654435761 + name.length) >>> 24);
  const content = idxBytes(magic, sizes, values);
  const bytes = new Uint8Array(gzipSync(content));
  const file = {
    name,
    magic,
    sizes,
    bytes: bytes.length,
    sha256: sha256Of(bytes),
    contentSha256: sha256Of(content),
  };
  return { file, bytes };
}

const published = [
  publish("train-images-idx3-ubyte.gz", 2051, [60, 28, 28]),
  publish("train-labels-idx1-ubyte.gz", 2049, [60]),
  publish("t10k-images-idx3-ubyte.gz", 2051, [10, 28, 28]),
  publish("t10k-labels-idx1-ubyte.gz", 2049, [10]),
];

/** A set like MNIST, a thousand times smaller. */
export const smallSet: IdxSet = {
  name: "small",
  mirrors: [],
  // Long: a busy machine is not a stalled server.
  idleMilliseconds: 20_000,
  train: { images: published[0]!.file, labels: published[1]!.file },
  test: { images: published[2]!.file, labels: published[3]!.file },
};

/** The set's files as published, by name. */
export const smallFiles: ReadonlyMap<string, Uint8Array> = new Map(
  published.map(({ file, bytes }) => [file.name, bytes]),
);

/** A server on the loopback interface, its base address, and the paths it was asked for. */
export async function serve(
  answer: (name: string, response: ServerResponse, request: IncomingMessage) => void,
): Promise<{
  address: string;
  asked: string[];
  close: () => Promise<void>;
}> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = (request.url ?? "").split("/").at(-1)!;
    asked.push(name);
    answer(name, response, request);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/set`,
    asked,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
