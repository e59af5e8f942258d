import { checkOptions } from "@invertible/errors";
import { loadOptionNames } from "../files/load-options.ts";
import type { LoadOptions } from "../files/load-options.ts";
import { loadCifar } from "./load-cifar.ts";
import type { CifarSet } from "./load-cifar.ts";
import type { LabelledImages } from "./load-idx.ts";

const train = {
  name: "train.bin",
  bytes: 153_700_000,
  sha256: "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
};

const test = {
  name: "test.bin",
  bytes: 30_740_000,
  sha256: "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
};

const cifar100: CifarSet = {
  name: "cifar-100",
  folders: ["cifar100", "cifar-100-binary"],
  mirrors: ["https://www.cs.toronto.edu/~kriz/"],
  idleMilliseconds: 30_000,
  archive: {
    name: "cifar-100-binary.tar.gz",
    bytes: 168_513_733,
    sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    contents: [train, test],
  },
  train: [train],
  test,
  // A record begins with the label of the superclass.
  ranges: [20, 100],
};

/** Images with the label of their class, and that of the superclass to which it belongs. */
export type LabelledTwice = LabelledImages & {
  /** Superclasses, 0..19. */
  readonly coarseLabels: Uint8Array;
};

/**
 * Loads CIFAR-100: 50,000 training and 10,000 test photographs of 32 x 32 pixels as bytes 0..255, [32, 32, 3] with the channels
 * red, green, blue last, `labels` 0..99 and `coarseLabels` 0..19.
 *
 * With `folder`, `train.bin` and `test.bin` of the official binary version are read from it or from its subfolder `cifar-100`,
 * `cifar100` or `cifar-100-binary`, plain, as `.bin.gz` or as `.bin.br`; or else the official `cifar-100-binary.tar.gz`. Without
 * it, that archive of 169 MB is downloaded into `cache`. The SHA-256 of everything that is read is compared, and labels are
 * checked. The loader is tested on small sets of this format; it has not been run on the real files here, and the checksums are
 * those that independent projects state.
 *
 * @throws ArgumentError for contradictory options.
 * @throws DataFileError naming the file, what was expected and what was received.
 * @throws DownloadError with one reason for each mirror.
 * @throws the signal's reason where aborted.
 * @see Krizhevsky (2009), "Learning Multiple Layers of Features from Tiny Images"
 */
export async function loadCifar100(
  options: LoadOptions = {},
): Promise<{ train: LabelledTwice; test: LabelledTwice }> {
  checkOptions("loadCifar100", options, loadOptionNames);
  const { train, test } = await loadCifar("loadCifar100", cifar100, options);
  return { train: withBothLabels(train), test: withBothLabels(test) };
}

function withBothLabels({
  labels,
  ...images
}: Awaited<ReturnType<typeof loadCifar>>["train"]): LabelledTwice {
  return { ...images, labels: labels[1]!, coarseLabels: labels[0]! };
}
