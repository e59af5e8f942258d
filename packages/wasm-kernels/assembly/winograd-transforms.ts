import { Lanes } from "./lanes";
import { matrixProductScratch } from "./matrix-product";

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

/** Bytes of the transformed kernel that `winogradKernel` writes. */
export function winogradKernelBytes(channels: i32, outputs: i32): usize {
  return 16 * factorBytes(channels, outputs);
}

/** Bytes of each of its 16 matrices. */
export function factorBytes(channels: i32, outputs: i32): usize {
  return outputs === 4 ? (<usize>channels) << 4 : matrixProductScratch(channels, outputs);
}

/**
 * G g G' for a kernel [3, 3, channels, outputs]: 16 matrices [channels, outputs] as `packColumns` leaves them. Four outputs are columns that lie
 * one after the other.
 */
export function winogradKernel(kernel: usize, out: usize, channels: i32, outputs: i32): void {
  const factor = factorBytes(channels, outputs);
  const tap = (<usize>(channels * outputs)) << 2;
  for (let j = 0; j < outputs; j += 4)
    for (let c = 0; c < channels; c++) {
      const from = kernel + ((<usize>(c * outputs + j)) << 2);
      const at =
        outputs === 4
          ? (<usize>c) << 2
          : ((<usize>(j >> 3) * <usize>channels + <usize>c) << 5) + ((<usize>(j & 4)) << 2);
      for (let i = 0; i < 4; i++) {
        const a = Kernel.row(from, 3 * tap, i);
        const b = Kernel.row(from + tap, 3 * tap, i);
        const d = Kernel.row(from + 2 * tap, 3 * tap, i);
        for (let e = 0; e < 4; e++) {
          const to = out + at + <usize>(4 * i + e) * factor;
          const value = Kernel.combine(a, b, d, e);
          if (outputs === 4) Lanes.store(to, (<usize>channels) << 2, value, 4);
          else {
            v128.store(to, value);
            // The second half of the last 8 columns may lie behind the last output.
            if (!(j & 4) && outputs - j <= 4) v128.store(to, f32x4.splat(0), 16);
          }
        }
      }
    }
}

class Kernel {
  /** Row i of G, times the taps of a column. */
  @inline static row(from: usize, step: usize, i: i32): v128 {
    return Kernel.combine(v128.load(from), v128.load(from + step), v128.load(from + 2 * step), i);
  }

  /** Row i of G, times (a, b, c). */
  @inline static combine(a: v128, b: v128, c: v128, i: i32): v128 {
    if (i === 0) return a;
    if (i === 3) return c;
    const sum = f32x4.add(a, c);
    return f32x4.mul(f32x4.splat(0.5), i === 1 ? f32x4.add(sum, b) : f32x4.sub(sum, b));
  }
}

/** Bytes of what `transformTile` needs: a pixel of zeros, and the four columns of a tile. */
export function columnsBytes(channels: i32): usize {
  return 17 * ((<usize>channels) << 2);
}

/**
 * B' d B of a tile for all channels. Number e of the 16 comes to `out` + e planes. `columns` starts with a pixel of zeros. Behind it are the
 * columns B' d, and tiles must be transformed one after the other from the left, because neighbours share two columns.
 */
export function transformTile(
  x: usize,
  columns: usize,
  out: usize,
  plane: usize,
  tile: i32,
  height: i32,
  width: i32,
  channels: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const across = (width + 1) >> 1;
  const down = (height + 1) >> 1;
  const w = 2 * (tile % across) - 1;
  const h = 2 * ((tile / across) % down) - 1;
  const image = x + <usize>((tile / (across * down)) * height * width) * pixel;
  const places = columns + pixel;
  // Column w of the image has place (w + 1) modulo 4.
  for (let j = w < 0 ? 0 : 2; j < 4; j++)
    transformColumn(
      image,
      columns,
      places + <usize>((w + 1 + j) & 3) * 16,
      h,
      w + j,
      height,
      width,
      channels,
    );
  const second = <usize>((w + 1) & 2) * 16;
  transformRows(places + second, places + 32 - second, out, plane, channels);
}

/** B' times the column of the four pixels below (h, w). For every four channels, row i of the result comes to `out` + 64 i bytes. */
function transformColumn(
  image: usize,
  zeros: usize,
  out: usize,
  h: i32,
  w: i32,
  height: i32,
  width: i32,
  channels: i32,
): void {
  let p0 = zeros,
    p1 = zeros,
    p2 = zeros,
    p3 = zeros;
  if (<u32>w < <u32>width) {
    const pixel = (<usize>channels) << 2;
    const from = image + <usize>(h * width + w) * pixel;
    const line = <usize>width * pixel;
    if (h >= 0) p0 = from;
    p1 = from + line;
    if (h + 2 < height) p2 = from + 2 * line;
    if (h + 3 < height) p3 = from + 3 * line;
  }
  for (let rest = channels; rest > 0; rest -= 4) {
    const d1 = v128.load(p1);
    const d2 = v128.load(p2);
    v128.store(out, f32x4.sub(v128.load(p0), d2));
    v128.store(out, f32x4.add(d1, d2), 64);
    v128.store(out, f32x4.sub(d2, d1), 128);
    v128.store(out, f32x4.sub(d1, v128.load(p3)), 192);
    p0 += 16;
    p1 += 16;
    p2 += 16;
    p3 += 16;
    out += 256;
  }
}

/** (B' d) B for the columns B' d of a tile, of which the first two lie at `left` and the others at `right`. */
function transformRows(left: usize, right: usize, out: usize, plane: usize, channels: i32): void {
  for (let rest = channels; rest > 0; rest -= 4) {
    let to = out;
    Row.store(to, plane, v128.load(left), v128.load(left, 16), v128.load(right), v128.load(right, 16));
    to += 4 * plane;
    Row.store(
      to,
      plane,
      v128.load(left, 64),
      v128.load(left, 80),
      v128.load(right, 64),
      v128.load(right, 80),
    );
    to += 4 * plane;
    Row.store(
      to,
      plane,
      v128.load(left, 128),
      v128.load(left, 144),
      v128.load(right, 128),
      v128.load(right, 144),
    );
    to += 4 * plane;
    Row.store(
      to,
      plane,
      v128.load(left, 192),
      v128.load(left, 208),
      v128.load(right, 192),
      v128.load(right, 208),
    );
    left += 256;
    right += 256;
    out += 16;
  }
}

class Row {
  /** A row of four numbers times B. */
  @inline static store(to: usize, plane: usize, t0: v128, t1: v128, t2: v128, t3: v128): void {
    v128.store(to, f32x4.sub(t0, t2));
    to += plane;
    v128.store(to, f32x4.add(t1, t2));
    to += plane;
    v128.store(to, f32x4.sub(t2, t1));
    to += plane;
    v128.store(to, f32x4.sub(t1, t3));
  }
}

/** A' m A for a tile of products m, of which number e lies at `m` + e planes. What lies outside of the image is not stored. */
export function storeTile(
  m: usize,
  plane: usize,
  out: usize,
  line: usize,
  pixel: usize,
  columns: i32,
  below: bool,
  beside: bool,
): void {
  for (; columns > 0; columns -= 4) {
    let m1 = v128.load(m + 4 * plane);
    let m2 = v128.load(m + 8 * plane);
    const a0 = f32x4.add(f32x4.add(v128.load(m), m1), m2);
    const b0 = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 12 * plane));
    m1 = v128.load(m + 5 * plane);
    m2 = v128.load(m + 9 * plane);
    const a1 = f32x4.add(f32x4.add(v128.load(m + plane), m1), m2);
    const b1 = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 13 * plane));
    m1 = v128.load(m + 6 * plane);
    m2 = v128.load(m + 10 * plane);
    const a2 = f32x4.add(f32x4.add(v128.load(m + 2 * plane), m1), m2);
    const b2 = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 14 * plane));
    m1 = v128.load(m + 7 * plane);
    m2 = v128.load(m + 11 * plane);
    const a3 = f32x4.add(f32x4.add(v128.load(m + 3 * plane), m1), m2);
    const b3 = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 15 * plane));
    v128.store(out, f32x4.add(f32x4.add(a0, a1), a2));
    if (beside) v128.store(out + pixel, f32x4.sub(f32x4.sub(a1, a2), a3));
    if (below) {
      v128.store(out + line, f32x4.add(f32x4.add(b0, b1), b2));
      if (beside) v128.store(out + line + pixel, f32x4.sub(f32x4.sub(b1, b2), b3));
    }
    m += 16;
    out += 16;
  }
}

/** A y A' for a tile of four results y, but for the signs: where A has -1 in its last row, here is 1. */
export function transformResult(
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
    Four.store(to, plane, a, b);
    to += 4 * plane;
    Four.store(to, plane, f32x4.add(a, c), f32x4.add(b, d));
    to += 4 * plane;
    Four.store(to, plane, f32x4.sub(a, c), f32x4.sub(b, d));
    to += 4 * plane;
    Four.store(to, plane, c, d);
    y00 += 16;
    y01 += 16;
    y10 += 16;
    y11 += 16;
    out += 16;
  }
}

class Four {
  @inline static store(to: usize, plane: usize, a: v128, b: v128): void {
    v128.store(to, a);
    v128.store(to + plane, f32x4.add(a, b));
    v128.store(to + 2 * plane, f32x4.sub(a, b));
    v128.store(to + 3 * plane, b);
  }
}

/** G' p G for one pair of channels, with the signs that `transformResult` leaves out. The nine taps come `matrix` bytes apart. */
export function storeTaps(p: usize, matrix: usize, out: usize): void {
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
