/** What a layer with a limited norm computes at every step. Each is a chain of sums and scalars, which as kernels of their own cost more. */
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

/** out = x / |x|, or 0 where |x| is below 1e-15 */
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
