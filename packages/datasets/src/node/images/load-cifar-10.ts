import { checkOptions } from "@invertible/errors";
import { loadOptionNames } from "../files/load-options.ts";
import { loadCifar } from "./load-cifar.ts";
import type { CifarOptions, CifarSet, LoadedCifar } from "./load-cifar.ts";

/** 10,000 records of a label byte and 32 x 32 x 3 values. */
const bytes = 30_730_000;

const train = [
  "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
  "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
  "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
  "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
  "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
].map((sha256, i) => ({ name: `data_batch_${i + 1}.bin`, bytes, sha256 }));

const test = {
  name: "test_batch.bin",
  bytes,
  sha256: "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
};

const cifar10: CifarSet = {
  name: "cifar-10",
  folders: ["cifar10", "cifar-10-batches-bin"],
  mirrors: ["https://www.cs.toronto.edu/~kriz/"],
  idleMilliseconds: 30_000,
  archive: {
    name: "cifar-10-binary.tar.gz",
    bytes: 170_052_171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    contents: [...train, test],
  },
  train,
  test,
  ranges: [10],
};

/** The names of the classes of CIFAR-10, by label. */
export const cifar10Classes = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
] as const;

/**
 * Loads CIFAR-10: 50,000 training and 10,000 test photographs of 32 x 32 pixels as bytes 0..255, [32, 32, 3] with the channels
 * red, green, blue last, and labels 0..9 (`cifar10Classes`).
 *
 * With `folder`, the six `.bin` files of the official binary version are read from it or from its subfolder `cifar-10`,
 * `cifar10` or `cifar-10-batches-bin`, plain, as `.bin.gz` or as `.bin.br`; or else the official `cifar-10-binary.tar.gz`.
 * Without it, that archive of 170 MB is downloaded into `cache`. The SHA-256 of everything that is read is compared, and labels
 * are checked. Where some of the five training files are enough, `batches` says which.
 *
 * @throws ArgumentError for contradictory options.
 * @throws DataFileError naming the file, what was expected and what was received.
 * @throws DownloadError with one reason for each mirror.
 * @throws the signal's reason where aborted.
 * @see Krizhevsky (2009), "Learning Multiple Layers of Features from Tiny Images"
 */
export async function loadCifar10(options: CifarOptions = {}): Promise<LoadedCifar> {
  checkOptions("loadCifar10", options, { ...loadOptionNames, batches: "optional" });
  const { train, test, batches } = await loadCifar("loadCifar10", cifar10, options);
  return {
    train: { ...train, labels: train.labels[0]! },
    test: { ...test, labels: test.labels[0]! },
    batches,
  };
}
