/** out[r] = scale * (x[r], -x[r]) for rows of `columns` floats. */
export function mirror(x: usize, out: usize, rows: i32, columns: i32, scale: f32): void {
  const rowBytes = (<usize>columns) << 2;
  const whole = rowBytes & ~15;
  for (let r = 0; r < rows; r++) {
    const second = out + rowBytes;
    for (let c: usize = 0; c < whole; c += 16) {
      const scaled = f32x4.mul(v128.load(x + c), f32x4.splat(scale));
      v128.store(out + c, scaled);
      v128.store(second + c, f32x4.neg(scaled));
    }
    for (let c = whole; c < rowBytes; c += 4) {
      const scaled = load<f32>(x + c) * scale;
      store<f32>(out + c, scaled);
      store<f32>(second + c, -scaled);
    }
    x += rowBytes;
    out = second + rowBytes;
  }
}

/** out[r] = scale * (y[r, first half] - y[r, second half]) for rows of 2 * `columns` floats. */
export function fold(y: usize, out: usize, rows: i32, columns: i32, scale: f32): void {
  const rowBytes = (<usize>columns) << 2;
  const whole = rowBytes & ~15;
  for (let r = 0; r < rows; r++) {
    const second = y + rowBytes;
    for (let c: usize = 0; c < whole; c += 16)
      v128.store(out + c, f32x4.mul(f32x4.sub(v128.load(y + c), v128.load(second + c)), f32x4.splat(scale)));
    for (let c = whole; c < rowBytes; c += 4)
      store<f32>(out + c, (load<f32>(y + c) - load<f32>(second + c)) * scale);
    y = second + rowBytes;
    out += rowBytes;
  }
}
