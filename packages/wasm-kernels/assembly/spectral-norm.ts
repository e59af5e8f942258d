/** What a layer with a limited norm computes at every step. As separate kernels, these chains of sums and scalars cost more. */
import { loadRest, storeRest } from "./vector";

/** Four floats from address `at + i`; zeros behind the end. */
function four(at: usize, i: usize, bytes: usize): v128 {
  const rest = bytes - i;
  return rest >= 16 ? v128.load(at + i) : loadRest(at + i, rest);
}

function keep(at: usize, i: usize, bytes: usize, x: v128): void {
  const rest = bytes - i;
  if (rest >= 16) v128.store(at + i, x);
  else storeRest(at + i, x, rest);
}

/** The sum of a[i] b[i], in float64. `bytes` = 4 * number of floats. */
function dot(a: usize, b: usize, bytes: usize): f64 {
  let low = f64x2.splat(0);
  let high = low;
  for (let i: usize = 0; i < bytes; i += 16) {
    const x = four(a, i, bytes);
    const y = four(b, i, bytes);
    low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y)));
    const x2 = v128.shuffle<f32>(x, x, 2, 3, 2, 3);
    const y2 = v128.shuffle<f32>(y, y, 2, 3, 2, 3);
    high = f64x2.add(high, f64x2.mul(f64x2.promote_low_f32x4(x2), f64x2.promote_low_f32x4(y2)));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** out = x / sqrt(|x|^2 + 1e-30), which is x / |x| unless x is tiny, and 0 for x = 0 */
export function normalise(x: usize, out: usize, bytes: usize): void {
  const factor = f32x4.splat(<f32>(1 / Math.sqrt(dot(x, x, bytes) + 1e-30)));
  for (let i: usize = 0; i < bytes; i += 16) keep(out, i, bytes, f32x4.mul(four(x, i, bytes), factor));
}

/** out = W c / max(sigma, c), sigma = <G, W> */
export function softCap(weight: usize, gradient: usize, out: usize, bytes: usize, c: f32): void {
  const factor = f32x4.splat(c / max(<f32>dot(weight, gradient, bytes), c));
  for (let i: usize = 0; i < bytes; i += 16) keep(out, i, bytes, f32x4.mul(four(weight, i, bytes), factor));
}

/** out = (c/m) dy - [sigma > c] (c/m^2) <dy, W> G, m = max(sigma, c) */
export function softCapGradient(
  dy: usize,
  weight: usize,
  gradient: usize,
  out: usize,
  bytes: usize,
  c: f32,
): void {
  const sigma = <f32>dot(weight, gradient, bytes);
  const m = max(sigma, c);
  const factor = c / m;
  const slope = sigma > c ? (factor / m) * <f32>dot(dy, weight, bytes) : <f32>0;
  for (let i: usize = 0; i < bytes; i += 16) {
    const first = f32x4.mul(four(dy, i, bytes), f32x4.splat(factor));
    keep(out, i, bytes, f32x4.sub(first, f32x4.mul(four(gradient, i, bytes), f32x4.splat(slope))));
  }
}

/**
 * Power iteration of a matrix W [rows, columns], or of its transpose, from v: the singular vectors u and `next`. Everything is summed in
 * float64, which holds the squares of float32 numbers of any size. `scratch` has room for rows + columns numbers of 8 bytes.
 */
export function singularVectors(
  weight: usize,
  v: usize,
  u: usize,
  next: usize,
  scratch: usize,
  rows: i32,
  columns: i32,
  transposed: i32,
  iterations: i32,
): void {
  const start = transposed ? columns : rows;
  const end = transposed ? rows : columns;
  const back = scratch;
  const image = scratch + ((<usize>start) << 3);
  for (let i = 0; i < start; i++) store<f64>(back + ((<usize>i) << 3), <f64>load<f32>(v + ((<usize>i) << 2)));
  for (let k = 0; ; k++) {
    if (transposed) byRows(weight, back, image, rows, columns);
    else byColumns(weight, back, image, rows, columns);
    if (transposed) byColumns(weight, image, back, rows, columns);
    else byRows(weight, image, back, rows, columns);
    if (k + 1 >= iterations) break;
    scale(back, start, inverseLength(back, start));
  }
  let factor = inverseLength(image, end);
  for (let i = 0; i < end; i++)
    store<f32>(u + ((<usize>i) << 2), <f32>(factor * load<f64>(image + ((<usize>i) << 3))));
  // The added part is below float32 rounding, unless A v = 0.
  scale(back, start, inverseLength(back, start));
  for (let i = 0; i < start; i++) {
    const at = back + ((<usize>i) << 3);
    store<f64>(at, load<f64>(at) + 1e-9 * <f64>load<f32>(v + ((<usize>i) << 2)));
  }
  factor = inverseLength(back, start);
  for (let i = 0; i < start; i++)
    store<f32>(next + ((<usize>i) << 2), <f32>(factor * load<f64>(back + ((<usize>i) << 3))));
}

/** y = x W, for x of length `rows` */
function byColumns(weight: usize, x: usize, y: usize, rows: i32, columns: i32): void {
  memory.fill(y, 0, (<usize>columns) << 3);
  for (let i = 0; i < rows; i++) {
    const factor = f64x2.splat(load<f64>(x + ((<usize>i) << 3)));
    let j = 0;
    for (; j + 2 <= columns; j += 2) {
      const at = y + ((<usize>j) << 3);
      const entries = f64x2.promote_low_f32x4(v128.load64_zero(weight));
      v128.store(at, f64x2.add(v128.load(at), f64x2.mul(factor, entries)));
      weight += 8;
    }
    if (j < columns) {
      const at = y + ((<usize>j) << 3);
      store<f64>(at, load<f64>(at) + f64x2.extract_lane(factor, 0) * <f64>load<f32>(weight));
      weight += 4;
    }
  }
}

/** y = W x, for x of length `columns` */
function byRows(weight: usize, x: usize, y: usize, rows: i32, columns: i32): void {
  for (let i = 0; i < rows; i++) {
    let sums = f64x2.splat(0);
    let j = 0;
    for (; j + 2 <= columns; j += 2) {
      const entries = f64x2.promote_low_f32x4(v128.load64_zero(weight));
      sums = f64x2.add(sums, f64x2.mul(v128.load(x + ((<usize>j) << 3)), entries));
      weight += 8;
    }
    let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    if (j < columns) {
      sum += load<f64>(x + ((<usize>j) << 3)) * <f64>load<f32>(weight);
      weight += 4;
    }
    store<f64>(y + ((<usize>i) << 3), sum);
  }
}

/** 1 / sqrt(|x|^2 + 1e-30) */
function inverseLength(x: usize, length: i32): f64 {
  let sum: f64 = 1e-30;
  for (let i = 0; i < length; i++) {
    const value = load<f64>(x + ((<usize>i) << 3));
    sum += value * value;
  }
  return 1 / Math.sqrt(sum);
}

function scale(x: usize, length: i32, factor: f64): void {
  for (let i = 0; i < length; i++) {
    const at = x + ((<usize>i) << 3);
    store<f64>(at, factor * load<f64>(at));
  }
}
