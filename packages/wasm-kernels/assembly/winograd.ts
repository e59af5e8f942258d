import { multiplyByBlocks, multiplyByFourColumns } from "./tile-products";
import { clear } from "./panel";
import { addTransposedProduct } from "./transposed-product";
import {
  columnsBytes,
  factorBytes,
  storeTaps,
  storeTile,
  transformResult,
  transformTile,
} from "./winograd-transforms";

/** Tiles whose transforms are in memory at a time. */
const blockTiles: i32 = 32;
/** Columns of a product that are in memory at a time. */
const blockColumns: i32 = 32;

/** Bytes of scratch memory that `winogradConvolve` needs. */
export function winogradConvolveScratch(channels: i32): usize {
  return planesBytes(channels) + planesBytes(blockColumns) + columnsBytes(channels);
}

/** Bytes of 16 matrices with a row of `columns` numbers for each tile. Their distance is no power of 2, so that they share a cache. */
function planesBytes(columns: i32): usize {
  return 16 * planeBytes((<usize>columns) << 2);
}

function planeBytes(row: usize): usize {
  return <usize>blockTiles * row + 64;
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

/** Bytes of scratch memory that `winogradKernelGradient` needs. */
export function winogradKernelGradientScratch(channels: i32, outputs: i32): usize {
  const products = (<usize>(16 * channels * outputs)) << 2;
  return (
    products + planesBytes(channels) + planesBytes(outputs) + columnsBytes(channels) + ((<usize>outputs) << 2)
  );
}

/**
 * The gradient of `winogradConvolve` in its kernel, for the gradient y [batch, height, width, outputs] of its result. The gradient of a
 * sum of products (G g G') . (B' d B) is G' [(B' d B) . (A y A')] G. It needs multiples of 4 channels and of 8 outputs, or the reverse.
 */
export function winogradKernelGradient(
  x: usize,
  y: usize,
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
  const product = (<usize>(channels * outputs)) << 2;
  const tiles = scratch + 16 * product;
  const results = tiles + planesBytes(channels);
  const columns = results + planesBytes(outputs);
  const zeros = columns + columnsBytes(channels);
  const plane = planeBytes(pixel);
  const resultPlane = planeBytes(outPixel);
  const across = (width + 1) >> 1;
  const down = (height + 1) >> 1;
  const count = batch * down * across;
  const reversed = outputs % 8 !== 0;
  clear(scratch, 16 * product);
  clear(columns, pixel);
  clear(zeros, outPixel);
  for (let first = 0; first < count; first += blockTiles) {
    const rows = min(blockTiles, count - first);
    for (let n = 0; n < rows; n++) {
      transformTile(x, columns, tiles + <usize>n * pixel, plane, first + n, height, width, channels);
      const w = 2 * ((first + n) % across);
      const line = (first + n) / across;
      const h = 2 * (line % down);
      const y00 = y + <usize>(((line / down) * height + h) * width + w) * outPixel;
      const y10 = h + 1 < height ? y00 + <usize>width * outPixel : zeros;
      const y01 = w + 1 < width ? y00 + outPixel : zeros;
      const y11 = h + 1 < height && w + 1 < width ? y10 + outPixel : zeros;
      transformResult(y00, y01, y10, y11, results + <usize>n * outPixel, resultPlane, outputs);
    }
    for (let e: usize = 0; e < 16; e++) {
      const a = tiles + e * plane;
      const b = results + e * resultPlane;
      const c = scratch + e * product;
      if (reversed) addTransposedProduct(b, outPixel, a, pixel, c, pixel, rows, outputs, channels);
      else addTransposedProduct(a, pixel, b, outPixel, c, outPixel, rows, channels, outputs);
    }
  }
  for (let c = 0; c < channels; c++)
    for (let o = 0; o < outputs; o++) {
      const at = reversed ? o * channels + c : c * outputs + o;
      storeTaps(scratch + ((<usize>at) << 2), product, out + ((<usize>(c * outputs + o)) << 2));
    }
}
