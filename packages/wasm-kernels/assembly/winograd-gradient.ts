import { clear } from "./panel";
import { addTransposedProduct } from "./transposed-product";
import { blockTiles, columnsBytes, planeBytes, planesBytes, transformTile } from "./winograd-tiles";

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

/** A y A' for a tile of four results y, but for the signs: where A has -1 in its last row, here is 1. */
function transformResult(
  y00: usize,
  y01: usize,
  y10: usize,
  y11: usize,
  out: usize,
  plane: usize,
  outputs: i32,
): void {
  for (let rest = outputs; rest > 0; rest -= 4) {
    const a = v128.load(y00);
    const b = v128.load(y01);
    const c = v128.load(y10);
    const d = v128.load(y11);
    let to = out;
    Places.store(to, plane, a, b);
    to += 4 * plane;
    Places.store(to, plane, f32x4.add(a, c), f32x4.add(b, d));
    to += 4 * plane;
    Places.store(to, plane, f32x4.sub(a, c), f32x4.sub(b, d));
    to += 4 * plane;
    Places.store(to, plane, c, d);
    y00 += 16;
    y01 += 16;
    y10 += 16;
    y11 += 16;
    out += 16;
  }
}

class Places {
  /** Stores the four numbers of A (a, b), but for the sign of the last. */
  @inline static store(to: usize, plane: usize, a: v128, b: v128): void {
    v128.store(to, a);
    v128.store(to + plane, f32x4.add(a, b));
    v128.store(to + 2 * plane, f32x4.sub(a, b));
    v128.store(to + 3 * plane, b);
  }
}

/** G' p G for one pair of channels, with the signs that `transformResult` leaves out. The nine taps come `matrix` bytes apart. */
function storeTaps(p: usize, matrix: usize, out: usize): void {
  for (let i = 0; i < 3; i++) {
    const p0 = Taps.column(p, 4 * matrix, i);
    const p1 = Taps.column(p + matrix, 4 * matrix, i);
    const p2 = Taps.column(p + 2 * matrix, 4 * matrix, i);
    const p3 = Taps.column(p + 3 * matrix, 4 * matrix, i);
    store<f32>(out, p0 + <f32>0.5 * (p1 + p2));
    store<f32>(out + matrix, <f32>0.5 * (p1 - p2));
    store<f32>(out + 2 * matrix, <f32>0.5 * (p1 + p2) - p3);
    out += 3 * matrix;
  }
}

class Taps {
  /** Row i of G', times a column of four numbers. */
  @inline static column(p: usize, step: usize, i: i32): f32 {
    const p1 = load<f32>(p + step);
    const p2 = load<f32>(p + 2 * step);
    if (i === 0) return load<f32>(p) + <f32>0.5 * (p1 + p2);
    if (i === 1) return <f32>0.5 * (p1 - p2);
    return <f32>0.5 * (p1 + p2) - load<f32>(p + 3 * step);
  }
}
