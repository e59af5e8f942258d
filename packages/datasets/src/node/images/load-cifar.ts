import { fail } from "@invertible/errors";
import { findInFolder } from "../files/archive-source.ts";
import type { PublishedFile } from "../files/archive-source.ts";
import { checkLoadOptions, openSource } from "../files/load-options.ts";
import type { LoadOptions, PublishedSet } from "../files/load-options.ts";
import { archiveReader, batchReader } from "./cifar-files.ts";
import type { CifarArchive } from "./cifar-files.ts";
import { copyRecords, imageShape, imageSize, recordBytes } from "./cifar-records.ts";
import type { LabelRanges } from "./cifar-records.ts";
import type { LabelledImages } from "./load-idx.ts";

/** Options of `loadCifar10`. */
export interface CifarOptions extends LoadOptions {
  /**
   * Which of the training files are read, counted from 1, or "present" for those that the folder has. The result says which
   * they were. Default: all of them, and a folder that lacks one is refused.
   */
  readonly batches?: readonly number[] | "present";
}

/** What `loadCifar10` gives. */
export interface LoadedCifar {
  /** 10,000 images for each training file that was read. */
  readonly train: LabelledImages;
  readonly test: LabelledImages;
  /** Which training files were read, counted from 1. */
  readonly batches: readonly number[];
}

/** One of the published sets in CIFAR's binary format. */
export interface CifarSet extends PublishedSet {
  /** Other names of the folder that holds the unpacked files. */
  readonly folders: readonly string[];
  readonly archive: CifarArchive;
  readonly train: readonly PublishedFile[];
  readonly test: PublishedFile;
  /** The number of classes of each label byte of a record. */
  readonly ranges: LabelRanges;
}

/** Images with all their labels, in the order of a record. */
type ManyLabels = Omit<LabelledImages, "labels"> & { readonly labels: readonly Uint8Array[] };

/** Loads a set in CIFAR's binary format; see `loadCifar10`. */
export async function loadCifar(
  where: string,
  set: CifarSet,
  { batches: wanted, ...options }: CifarOptions,
): Promise<{ train: ManyLabels; test: ManyLabels; batches: readonly number[] }> {
  checkLoadOptions(where, { mirrors: set.mirrors, ...options });
  if (wanted === "present" && options.folder === undefined)
    fail(`${where}: batches`, '"present" together with a folder', "no folder");
  const all = set.train.map((_, i) => i + 1);
  if (Array.isArray(wanted)) checkBatches(where, wanted, all);
  const source = await openBatches(where, set, wanted, options);
  const batches = source.batches;
  const read = async (files: readonly PublishedFile[]): Promise<ManyLabels> => {
    const counts = files.map(({ bytes }) => bytes / recordBytes(set.ranges));
    const count = counts.reduce((total, own) => total + own, 0);
    const values = new Uint8Array(count * imageSize);
    const labels = set.ranges.map(() => new Uint8Array(count));
    let first = 0;
    // Files are read one after another, so that an error or an abort leaves nothing running.
    for (const [i, file] of files.entries()) {
      const format = { ranges: set.ranges, count: counts[i]! };
      copyRecords(`${where}: ${file.name}`, await source.read(file), format, { values, labels, first });
      first += counts[i]!;
    }
    return { values, shape: [...imageShape], count, labels };
  };
  const train = await read(batches.map((batch) => set.train[batch - 1]!));
  return { train, test: await read([set.test]), batches };
}

function checkBatches(where: string, wanted: readonly number[], all: readonly number[]): void {
  const isIncreasing = wanted.every((batch, i) => all.includes(batch) && (i === 0 || batch > wanted[i - 1]!));
  if (wanted.length === 0 || !isIncreasing)
    fail(`${where}: batches`, `increasing numbers in 1..${all.length}, or "present"`, wanted);
}

interface BatchSource {
  readonly batches: readonly number[];
  read(file: PublishedFile): Promise<Uint8Array>;
}

/** The unpacked files of a folder where there are any, otherwise the archive, in the folder or from a mirror. */
async function openBatches(
  where: string,
  set: CifarSet,
  wanted: CifarOptions["batches"],
  options: LoadOptions,
): Promise<BatchSource> {
  const { archive, test } = set;
  const all = set.train.map((_, i) => i + 1);
  const subfolders = [set.name, ...set.folders];
  const { folder } = options;
  if (folder !== undefined) {
    const place = { where, folder, subfolders };
    const unpacked = await findInFolder({ ...place, files: [...set.train, test], reader: batchReader });
    const packed = await findInFolder({ ...place, files: [archive], reader: archiveReader });
    if (unpacked.paths.size > 0 || packed.paths.size === 0) {
      const present = all.filter((batch) => unpacked.paths.has(set.train[batch - 1]!));
      // Without any, the message names the first file.
      const batches = wanted === "present" ? (present.length > 0 ? present : [1]) : (wanted ?? all);
      const files = [...batches.map((batch) => set.train[batch - 1]!), test];
      const remedy =
        present.length > 0 && present.length < all.length && wanted === undefined
          ? `pass batches: [${present.join(", ")}] to train on those that are there`
          : present.length === 0
            ? `nor ${archive.name}`
            : undefined;
      const read = await openSource({
        ...{ where, set, files, reader: batchReader, options, subfolders },
        ...(remedy !== undefined && { remedy }),
      });
      return { batches, read };
    }
  }
  const files = [archive];
  const open = await openSource({ where, set, files, reader: archiveReader, options, subfolders });
  const contents = await open(archive);
  return {
    batches: Array.isArray(wanted) ? (wanted as readonly number[]) : all,
    read: (file) => Promise.resolve(contents.get(file.name)!),
  };
}
