import { multiplyByBlocks, multiplyByFourColumns } from "./tile-products";
import { clear } from "./panel";
import { factorBytes } from "./winograd-kernel";
import {
  blockTiles,
  columnsBytes,
  planeBytes,
  planesBytes,
  storeTile,
  transformTile,
} from "./winograd-tiles";

/**
 * Convolutions with 3 x 3 taps in fewer multiplications: F(2 x 2, 3 x 3) of Winograd (1980), as Lavin and Gray (2016) use it. A tile of
 * 2 x 2 results y depends on 4 x 4 pixels d, and for every pair of channels
 *
 *     y = A' [(G g G') . (B' d B)] A,   B' = [1  0 -1  0]   G = [ 1   0   0 ]   A' = [1  1  1  0]
 *                                            [0  1  1  0]       [1/2 1/2 1/2]        [0  1 -1 -1]
 *                                            [0 -1  1  0]       [1/2-1/2 1/2]
 *                                            [0  1  0 -1]       [ 0   0   1 ]
 *
 * with 16 multiplications instead of 36. The transformed tiles of many channels are multiplied as 16 matrices.
 */

/** Columns of a product that are in memory at a time. */
const blockColumns: i32 = 64;

/** Bytes of scratch memory that `winogradConvolve` needs. */
export function winogradConvolveScratch(channels: i32): usize {
  return planesBytes(channels) + planesBytes(blockColumns) + columnsBytes(channels);
}

/**
 * A convolution: out[h, w, o] = sum of x[h + i - 1, w + j - 1, c] kernel[i, j, c, o], for x [batch, height, width, channels] and out [batch,
 * height, width, outputs], with multiples of 4 channels and outputs, and the kernel as `winogradKernel` leaves it.
 */
export function winogradConvolve(
  x: usize,
  kernel: usize,
  out: usize,
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outputs: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const outPixel = (<usize>outputs) << 2;
  const factor = factorBytes(channels, outputs);
  const products = scratch + planesBytes(channels);
  const columns = products + planesBytes(blockColumns);
  const plane = planeBytes(pixel);
  clear(columns, pixel);

  const down = (height + 1) >> 1;
  const across = (width + 1) >> 1;
  const count = batch * down * across;
  for (let first = 0; first < count; first += blockTiles) {
    const rows = min(blockTiles, count - first);
    for (let n = 0; n < rows; n++)
      transformTile(x, columns, scratch + <usize>n * pixel, plane, first + n, height, width, channels);
    for (let j = 0; j < outputs; j += blockColumns) {
      const some = min(blockColumns, outputs - j);
      // Blocks of 8 columns, of which the last may be half empty, or only four columns.
      const productRow = outputs === 4 ? 16 : ((<usize>(some + 4)) & ~7) << 2;
      const productPlane = planeBytes(productRow);
      for (let e: usize = 0; e < 16; e++) {
        const a = scratch + e * plane;
        const b = kernel + e * factor + <usize>(j >> 3) * ((<usize>channels) << 5);
        const c = products + e * productPlane;
        if (outputs === 4) multiplyByFourColumns(a, b, c, rows, channels);
        else multiplyByBlocks(a, b, c, productRow, rows, channels, some);
      }
      for (let n = 0; n < rows; n++) {
        const w = 2 * ((first + n) % across);
        const line = (first + n) / across;
        const h = 2 * (line % down);
        const to = out + <usize>(((line / down) * height + h) * width + w) * outPixel + ((<usize>j) << 2);
        const from = products + <usize>n * productRow;
        storeTile(
          from,
          productPlane,
          to,
          <usize>width * outPixel,
          outPixel,
          some,
          h + 1 < height,
          w + 1 < width,
        );
      }
    }
  }
}
