import { copy } from "./panel";

/** Rows whose sum is rounded on its own: sums of such sums keep rounding small. */
export const block: i32 = 128;

/** out[c] = sum over rows of x[r, c] */
export function sumRows(x: usize, out: usize, rows: i32, columns: i32): void {
  const rowBytes = (<usize>columns) << 2;
  const whole = rowBytes & ~15;
  let c: usize = 0;
  // A whole cache line at a time, as long as there is one.
  for (; c + 64 <= whole; c += 64) {
    let t0 = f32x4.splat(0);
    let t1 = t0,
      t2 = t0,
      t3 = t0;
    for (let first = 0; first < rows; first += block) {
      let p = x + <usize>first * rowBytes + c;
      let s0 = f32x4.splat(0);
      let s1 = s0,
        s2 = s0,
        s3 = s0;
      for (let r = min(block, rows - first); r > 0; r--) {
        s0 = f32x4.add(s0, v128.load(p));
        s1 = f32x4.add(s1, v128.load(p, 16));
        s2 = f32x4.add(s2, v128.load(p, 32));
        s3 = f32x4.add(s3, v128.load(p, 48));
        p += rowBytes;
      }
      t0 = f32x4.add(t0, s0);
      t1 = f32x4.add(t1, s1);
      t2 = f32x4.add(t2, s2);
      t3 = f32x4.add(t3, s3);
    }
    v128.store(out + c, t0);
    v128.store(out + c, t1, 16);
    v128.store(out + c, t2, 32);
    v128.store(out + c, t3, 48);
  }
  for (; c < whole; c += 16) {
    let total = f32x4.splat(0);
    for (let first = 0; first < rows; first += block) {
      let p = x + <usize>first * rowBytes + c;
      let sum = f32x4.splat(0);
      for (let r = min(block, rows - first); r > 0; r--) {
        sum = f32x4.add(sum, v128.load(p));
        p += rowBytes;
      }
      total = f32x4.add(total, sum);
    }
    v128.store(out + c, total);
  }
  for (; c < rowBytes; c += 4) {
    let total: f64 = 0;
    let p = x + c;
    for (let r = 0; r < rows; r++) {
      total += <f64>load<f32>(p);
      p += rowBytes;
    }
    store<f32>(out + c, <f32>total);
  }
}

/** out[r, c] = x[r, indices[c]] */
export function permuteColumns(x: usize, indices: usize, out: usize, rows: i32, columns: i32): void {
  const rowBytes = (<usize>columns) << 2;
  for (let r = 0; r < rows; r++) {
    for (let c: usize = 0; c < rowBytes; c += 4)
      store<f32>(out + c, load<f32>(x + ((<usize>load<i32>(indices + c)) << 2)));
    x += rowBytes;
    out += rowBytes;
  }
}

/** Copies `count` runs of `run` bytes, from every `fromStep` bytes to every `toStep` bytes; all are multiples of 4. */
export function copyRuns(
  from: usize,
  fromStep: usize,
  to: usize,
  toStep: usize,
  run: usize,
  count: i32,
): void {
  if (run === 8)
    // As in the two halves of four channels.
    for (; count > 0; count--) {
      store<u64>(to, load<u64>(from));
      from += fromStep;
      to += toStep;
    }
  else
    for (; count > 0; count--) {
      copy(from, to, run);
      from += fromStep;
      to += toStep;
    }
}
