import { DataFileError } from "../../errors.ts";

/** What every record of a CIFAR file begins with: one label byte for each entry, which gives the number of classes. */
export type LabelRanges = readonly number[];

const side = 32;
const pixels = side * side;
const channels = 3;

/** Numbers of one image. */
export const imageSize = pixels * channels;

/** The bytes of a record: its labels, then all red, all green and all blue values of 32 x 32 pixels. */
export function recordBytes(ranges: LabelRanges): number {
  return ranges.length + imageSize;
}

/** The shape of an image as we give it: rows, columns, channels. */
export const imageShape = [side, side, channels] as const;

/** Where the records of a file are written to, and from which example on. */
export interface RecordTarget {
  /** Images with channels last. */
  readonly values: Uint8Array;
  /** One array for each label of a record. */
  readonly labels: readonly Uint8Array[];
  readonly first: number;
}

/**
 * Copies the records of a file into arrays, with channels last.
 *
 * @param where names the caller and the file in messages
 * @throws DataFileError for another number of records, and for a label outside its range.
 * @see Krizhevsky (2009), "Learning Multiple Layers of Features from Tiny Images"; the page of the data sets, "Binary version"
 */
export function copyRecords(
  where: string,
  content: Uint8Array,
  { ranges, count }: { readonly ranges: LabelRanges; readonly count: number },
  { values, labels, first }: RecordTarget,
): void {
  const size = recordBytes(ranges);
  if (content.length !== count * size)
    throw new DataFileError(
      `${where}: expected ${count} records of ${size} bytes (${count * size} bytes), received ${content.length} bytes`,
    );
  for (let record = 0; record < count; record++) {
    const start = record * size;
    ranges.forEach((classes, i) => {
      const label = content[start + i]!;
      if (label >= classes)
        throw new DataFileError(
          `${where}: expected labels in [0, ${classes}), received ${label} in record ${record}`,
        );
      labels[i]![first + record] = label;
    });
    const red = start + ranges.length;
    let at = (first + record) * imageSize;
    for (let pixel = red; pixel < red + pixels; pixel++) {
      values[at++] = content[pixel]!;
      values[at++] = content[pixel + pixels]!;
      values[at++] = content[pixel + 2 * pixels]!;
    }
  }
}
