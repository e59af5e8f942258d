/** out[c] = sum over rows of x[r, c]. Sums of blocks, then of their sums, to keep rounding small. */
export function sumRows(x: usize, out: usize, rows: i32, columns: i32): void {
  const rowBytes = (<usize>columns) << 2;
  const whole = rowBytes & ~15;
  for (let c: usize = 0; c < whole; c += 16) {
    let total = f32x4.splat(0);
    for (let first = 0; first < rows; first += 128) {
      let p = x + <usize>first * rowBytes + c;
      let block = f32x4.splat(0);
      for (let r = min(128, rows - first); r > 0; r--) {
        block = f32x4.add(block, v128.load(p));
        p += rowBytes;
      }
      total = f32x4.add(total, block);
    }
    v128.store(out + c, total);
  }
  for (let c = whole; c < rowBytes; c += 4) {
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
