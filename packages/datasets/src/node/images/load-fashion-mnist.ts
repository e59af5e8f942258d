import { checkOptions } from "@invertible/errors";
import { loadIdx } from "./load-idx.ts";
import type { IdxSet, LabelledImages } from "./load-idx.ts";
import { loadOptionNames } from "../files/load-options.ts";
import type { LoadOptions } from "../files/load-options.ts";

const images = 2051;
const labels = 2049;

const fashionMnist: IdxSet = {
  name: "fashion-mnist",
  mirrors: [
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
  ],
  idleMilliseconds: 30_000,
  train: {
    images: {
      name: "train-images-idx3-ubyte.gz",
      bytes: 26_421_880,
      sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
      magic: images,
      sizes: [60_000, 28, 28],
    },
    labels: {
      name: "train-labels-idx1-ubyte.gz",
      bytes: 29_515,
      sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
      magic: labels,
      sizes: [60_000],
    },
  },
  test: {
    images: {
      name: "t10k-images-idx3-ubyte.gz",
      bytes: 4_422_102,
      sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
      magic: images,
      sizes: [10_000, 28, 28],
    },
    labels: {
      name: "t10k-labels-idx1-ubyte.gz",
      bytes: 5_148,
      sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
      magic: labels,
      sizes: [10_000],
    },
  },
};

/**
 * Loads Fashion-MNIST: 60,000 training and 10,000 test images of clothes, 28 x 28 grey bytes 0..255 as [28, 28, 1], with labels
 * 0..9 (T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot).
 *
 * With `folder`, the four published `.gz` files are read from it (or from `folder/fashion-mnist`). Without it, they are
 * downloaded from the official mirrors into `cache`. They have the names of MNIST's files, so only the checksums tell
 * one from the other. The SHA-256 of every compressed file is compared, together with its magic number and sizes. The loader is
 * tested on small sets of this format; it has not been run on the real files here, and the checksums are those that several
 * independent projects state.
 *
 * @throws ArgumentError for contradictory options.
 * @throws DataFileError naming the file, what was expected and what was received.
 * @throws DownloadError with one reason for each mirror.
 * @throws the signal's reason where aborted.
 * @see Xiao, Rasul, Vollgraf (2017), "Fashion-MNIST", arXiv:1708.07747
 */
export function loadFashionMnist(
  options: LoadOptions = {},
): Promise<{ train: LabelledImages; test: LabelledImages }> {
  checkOptions("loadFashionMnist", options, loadOptionNames);
  return loadIdx("loadFashionMnist", fashionMnist, options);
}
