import { exp } from "./pointwise";
import { block } from "./rows";

/** out[c] = exp(factor * logScale[c]) */
export function expOfRow(logScale: usize, out: usize, columns: i32, factor: f32): void {
  for (let c = 0; c < columns; c++) {
    const at = (<usize>c) << 2;
    store<f32>(out + at, factor * load<f32>(logScale + at));
  }
  exp(out, out, (<usize>columns) << 2);
}

/** out[c] = factor * scales[c] * sum over rows of dy[r, c] x[r, c] */
export function scaleByExpGradient(
  dy: usize,
  x: usize,
  scales: usize,
  out: usize,
  rows: i32,
  columns: i32,
  factor: f32,
): void {
  const row = (<usize>columns) << 2;
  const whole = row & ~15;
  for (let c: usize = 0; c < whole; c += 16) {
    let total = f32x4.splat(0);
    let p = dy + c;
    let q = x + c;
    for (let first = 0; first < rows; first += block) {
      let sum = f32x4.splat(0);
      for (let r = min(block, rows - first); r > 0; r--) {
        sum = f32x4.add(sum, f32x4.mul(v128.load(p), v128.load(q)));
        p += row;
        q += row;
      }
      total = f32x4.add(total, sum);
    }
    v128.store(out + c, f32x4.mul(f32x4.mul(total, f32x4.splat(factor)), v128.load(scales + c)));
  }
  for (let c = whole; c < row; c += 4) {
    let total: f64 = 0;
    let p = dy + c;
    let q = x + c;
    for (let r = 0; r < rows; r++) {
      total += <f64>load<f32>(p) * <f64>load<f32>(q);
      p += row;
      q += row;
    }
    store<f32>(out + c, <f32>total * factor * load<f32>(scales + c));
  }
}
