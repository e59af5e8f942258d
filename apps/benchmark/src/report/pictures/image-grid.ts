import { pngDataUri } from "./png.ts";

/** Grey or RGB pictures, all of one size; values in [0, 1], channels last. */
export interface Pictures {
  readonly values: Float32Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

const gap = 2;
/** Grey between the pictures, so that black and white edges both show. */
const background = 128;

/** Rows of pictures as one PNG; every row has as many columns as its pictures. */
export function gridDataUri(rows: readonly Pictures[]): string {
  const [first] = rows;
  if (!first) throw new RangeError("gridDataUri: expected at least one row, received none");
  const columns = Math.max(...rows.map(({ count }) => count));
  const width = columns * (first.width + gap) + gap;
  const height = rows.length * (first.height + gap) + gap;
  const pixels = new Uint8Array(width * height * 3).fill(background);
  rows.forEach((row, rowIndex) => {
    for (let column = 0; column < row.count; column++) {
      paint(
        pixels,
        width,
        row,
        column,
        gap + column * (row.width + gap),
        gap + rowIndex * (row.height + gap),
      );
    }
  });
  return pngDataUri(pixels, width, height);
}

function paint(
  pixels: Uint8Array,
  stride: number,
  pictures: Pictures,
  index: number,
  left: number,
  top: number,
): void {
  const { height, width, channels, values } = pictures;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let color = 0; color < 3; color++) {
        const channel = channels === 1 ? 0 : color;
        const value = values[((index * height + y) * width + x) * channels + channel] ?? 0;
        pixels[((top + y) * stride + left + x) * 3 + color] = Math.round(
          255 * Math.min(1, Math.max(0, value)),
        );
      }
}

/** The pictures split into rows of at most `columns`. */
export function inRows(pictures: Pictures, columns: number): Pictures[] {
  const size = pictures.height * pictures.width * pictures.channels;
  const rows: Pictures[] = [];
  for (let start = 0; start < pictures.count; start += columns) {
    const count = Math.min(columns, pictures.count - start);
    rows.push({ ...pictures, count, values: pictures.values.subarray(start * size, (start + count) * size) });
  }
  return rows;
}
