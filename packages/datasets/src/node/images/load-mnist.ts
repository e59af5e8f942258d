import { checkOptions } from "@invertible/errors";
import { loadIdx } from "./load-idx.ts";
import type { IdxSet, LabelledImages } from "./load-idx.ts";
import { loadOptionNames } from "../files/load-options.ts";
import type { LoadOptions } from "../files/load-options.ts";

const images = 2051;
const labels = 2049;

const mnist: IdxSet = {
  name: "mnist",
  mirrors: [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    // This mirror often refuses, but it is where the set was published.
    "http://yann.lecun.com/exdb/mnist/",
  ],
  idleMilliseconds: 30_000,
  train: {
    images: {
      name: "train-images-idx3-ubyte.gz",
      bytes: 9_912_422,
      sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
      magic: images,
      sizes: [60_000, 28, 28],
      contentSha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    labels: {
      name: "train-labels-idx1-ubyte.gz",
      bytes: 28_881,
      sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
      magic: labels,
      sizes: [60_000],
      contentSha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
  },
  test: {
    images: {
      name: "t10k-images-idx3-ubyte.gz",
      bytes: 1_648_877,
      sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
      magic: images,
      sizes: [10_000, 28, 28],
      contentSha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    labels: {
      name: "t10k-labels-idx1-ubyte.gz",
      bytes: 4_542,
      sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
      magic: labels,
      sizes: [10_000],
      contentSha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
  },
};

/**
 * Loads the MNIST digits: 60,000 training and 10,000 test images of 28 x 28 grey bytes 0..255 as [28, 28, 1], with labels 0..9.
 *
 * With `folder`, the four published files are read from it (or from `folder/mnist`), compressed or unpacked. Without it, they
 * are downloaded from the official mirrors into `cache`. Every file is checked by magic number, sizes and SHA-256. The cache
 * never holds a half-written file, and a damaged one is downloaded again.
 *
 * @throws ArgumentError for contradictory options.
 * @throws DataFileError naming the file, what was expected and what was received.
 * @throws DownloadError with one reason for each mirror.
 * @throws the signal's reason where aborted.
 * @see LeCun, Bottou, Bengio, Haffner (1998), "Gradient-based learning applied to document recognition"
 *
 * @example
 * ```ts
 * const { train, test } = await loadMnist({ onProgress: ({ file, received, total }) => console.log(file, received / total) });
 * ```
 */
export function loadMnist(
  options: LoadOptions = {},
): Promise<{ train: LabelledImages; test: LabelledImages }> {
  checkOptions("loadMnist", options, loadOptionNames);
  return loadIdx("loadMnist", mnist, options);
}
