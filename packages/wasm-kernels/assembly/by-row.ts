import { copy } from "./panel";

abstract class Pairwise {
  abstract at(x: v128, b: v128): v128;
  abstract one(x: f32, b: f32): f32;
}

class Add extends Pairwise {
  @inline at(x: v128, b: v128): v128 {
    return f32x4.add(x, b);
  }
  @inline one(x: f32, b: f32): f32 {
    return x + b;
  }
}

class Subtract extends Pairwise {
  @inline at(x: v128, b: v128): v128 {
    return f32x4.sub(x, b);
  }
  @inline one(x: f32, b: f32): f32 {
    return x - b;
  }
}

class Multiply extends Pairwise {
  @inline at(x: v128, b: v128): v128 {
    return f32x4.mul(x, b);
  }
  @inline one(x: f32, b: f32): f32 {
    return x * b;
  }
}

/** Short rows are joined: so many make one of whole vectors that is long enough for a loop. */
export function rowCopies(columns: i32): i32 {
  return columns < 16 ? 4 * ((15 + columns) / columns) : 1;
}

/** out[r, c] = F(x[r, c], b[c]), with room for `rowCopies` rows in `scratch` if there are several. */
function mapRows<F extends Pairwise>(
  x: usize,
  b: usize,
  out: usize,
  scratch: usize,
  rows: i32,
  columns: i32,
): void {
  const row = (<usize>columns) << 2;
  const copies = rowCopies(columns);
  if (copies > 1) {
    for (let i = 0; i < copies; i++) copy(b, scratch + <usize>i * row, row);
    b = scratch;
  }
  const joined = <usize>copies * row;
  for (let r = rows / copies; r > 0; r--) {
    mapRow<F>(x, b, out, joined);
    x += joined;
    out += joined;
  }
  mapRow<F>(x, b, out, <usize>(rows % copies) * row);
}

function mapRow<F extends Pairwise>(x: usize, b: usize, out: usize, bytes: usize): void {
  const f = changetype<F>(0);
  const whole = bytes & ~15;
  for (let c: usize = 0; c < whole; c += 16) v128.store(out + c, f.at(v128.load(x + c), v128.load(b + c)));
  for (let c = whole; c < bytes; c += 4) store<f32>(out + c, f.one(load<f32>(x + c), load<f32>(b + c)));
}

export function addRow(x: usize, b: usize, out: usize, scratch: usize, rows: i32, columns: i32): void {
  mapRows<Add>(x, b, out, scratch, rows, columns);
}
export function subRow(x: usize, b: usize, out: usize, scratch: usize, rows: i32, columns: i32): void {
  mapRows<Subtract>(x, b, out, scratch, rows, columns);
}
export function multiplyRow(x: usize, b: usize, out: usize, scratch: usize, rows: i32, columns: i32): void {
  mapRows<Multiply>(x, b, out, scratch, rows, columns);
}
