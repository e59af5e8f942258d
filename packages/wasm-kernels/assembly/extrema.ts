/** Entry by entry; NaN where either is NaN. `bytes` = 4 * number of floats. */

/** out = max(a, b) */
export function maximum(a: usize, b: usize, out: usize, bytes: usize): void {
  const whole = bytes & ~15;
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(out + i, f32x4.max(v128.load(a + i), v128.load(b + i)));
  for (; i < bytes; i += 4) store<f32>(out + i, max(load<f32>(a + i), load<f32>(b + i)));
}

/** out = min(a, b) */
export function minimum(a: usize, b: usize, out: usize, bytes: usize): void {
  const whole = bytes & ~15;
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(out + i, f32x4.min(v128.load(a + i), v128.load(b + i)));
  for (; i < bytes; i += 4) store<f32>(out + i, min(load<f32>(a + i), load<f32>(b + i)));
}

/** out = min(max(x, low), high) */
export function clip(x: usize, out: usize, bytes: usize, low: f32, high: f32): void {
  const whole = bytes & ~15;
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(out + i, f32x4.pmin(f32x4.pmax(v128.load(x + i), least), most));
  for (; i < bytes; i += 4) store<f32>(out + i, min(max(load<f32>(x + i), low), high));
}
