import { checkOptions } from "@invertible/errors";
import { readCsv } from "../arrays/read-csv.ts";
import type { FileReader, PublishedFile } from "../files/archive-source.ts";
import { loadOptionNames, openSource } from "../files/load-options.ts";
import type { LoadOptions, PublishedSet } from "../files/load-options.ts";
import { readPublishedFile } from "../files/read-published-file.ts";
import type { LabelledImages } from "./load-idx.ts";

const optdigits: PublishedSet = {
  name: "optdigits",
  mirrors: ["https://archive.ics.uci.edu/ml/machine-learning-databases/optdigits/"],
  idleMilliseconds: 30_000,
};

const train: PublishedFile = {
  name: "optdigits.tra",
  bytes: 563_639,
  sha256: "e1b683cc211604fe8fd8c4417e6a69f31380e0c61d4af22e93cc21e9257ffedd",
};

const test: PublishedFile = {
  name: "optdigits.tes",
  bytes: 264_712,
  sha256: "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
};

const pixels = 64;

const reader: FileReader<PublishedFile, LabelledImages> = {
  storedNames: ({ name }) => [name],
  async read(where, path, file, signal) {
    const { shape, values: cells } = readCsv(where, await readPublishedFile(where, path, file, signal));
    const [count = 0] = shape;
    const values = new Uint8Array(count * pixels);
    const labels = new Uint8Array(count);
    for (let row = 0; row < count; row++) {
      const start = row * (pixels + 1);
      values.set(cells.subarray(start, start + pixels), row * pixels);
      labels[row] = cells[start + pixels]!;
    }
    return { values, shape: [8, 8, 1], count, labels };
  },
};

/**
 * Loads the "Optical Recognition of Handwritten Digits": 3823 training images by 30 writers and 1797 test images by 13 others, 8 x 8
 * pixels of integers 0..16 as [8, 8, 1], with labels 0..9. The test images are the digits of scikit-learn.
 *
 * With `folder`, the published files `optdigits.tra` and `optdigits.tes` are read from it or from `folder/optdigits`. Without it, they are downloaded
 * into `cache`. Their SHA-256 is compared.
 *
 * @throws ArgumentError for contradictory options.
 * @throws DataFileError naming the file, what was expected and what was received.
 * @throws DownloadError with one reason for each mirror.
 * @throws the signal's reason where aborted.
 * @see Alpaydin, Kaynak (1998), UCI Machine Learning Repository, doi:10.24432/C50P49
 */
export async function loadOptdigits(
  options: LoadOptions = {},
): Promise<{ train: LabelledImages; test: LabelledImages }> {
  const where = "loadOptdigits";
  checkOptions(where, options, loadOptionNames);
  const files = [train, test];
  const source = await openSource({ where, set: optdigits, files, reader, options });
  // One after the other, so that an error or an abort leaves nothing running.
  const first = await source(train);
  return { train: first, test: await source(test) };
}
