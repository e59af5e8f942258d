import { Lanes } from "./lanes";

/**
 * C = A B for a multiple of 4 terms and B [k, n] as `packColumns` leaves it. Rows of C lie `cRow` bytes apart, which must hold n rounded up to
 * a multiple of 8. Four rows of a block of B stay in registers while the rows of A and C stream by, which must be few enough for a near cache.
 */
export function multiplyByBlocks(a: usize, b: usize, c: usize, cRow: usize, rows: i32, k: i32, n: i32): void {
  const aRow = (<usize>k) << 2;
  for (let j = 0; j < n; j += 8) {
    for (let r = 0; r < k; r += 4) {
      const b00 = v128.load(b),
        b01 = v128.load(b, 16),
        b10 = v128.load(b, 32),
        b11 = v128.load(b, 48),
        b20 = v128.load(b, 64),
        b21 = v128.load(b, 80),
        b30 = v128.load(b, 96),
        b31 = v128.load(b, 112);
      b += 128;
      let p = a + ((<usize>r) << 2);
      let to = c + ((<usize>j) << 2);
      for (let i = rows; i > 0; i--) {
        let x = v128.load_splat<f32>(p);
        let left = f32x4.mul(x, b00);
        let right = f32x4.mul(x, b01);
        x = v128.load_splat<f32>(p, 4);
        left = f32x4.add(left, f32x4.mul(x, b10));
        right = f32x4.add(right, f32x4.mul(x, b11));
        x = v128.load_splat<f32>(p, 8);
        left = f32x4.add(left, f32x4.mul(x, b20));
        right = f32x4.add(right, f32x4.mul(x, b21));
        x = v128.load_splat<f32>(p, 12);
        left = f32x4.add(left, f32x4.mul(x, b30));
        right = f32x4.add(right, f32x4.mul(x, b31));
        if (r > 0) {
          left = f32x4.add(v128.load(to), left);
          right = f32x4.add(v128.load(to, 16), right);
        }
        v128.store(to, left);
        v128.store(to, right, 16);
        p += aRow;
        to += cRow;
      }
    }
  }
}

/** C = A B for four columns of B, which lie one after the other, and a multiple of 4 terms. */
export function multiplyByFourColumns(a: usize, b: usize, c: usize, rows: i32, k: i32): void {
  const row = (<usize>k) << 2;
  for (let i = 0; i < rows; i += 2) {
    let p = a;
    let p1 = i + 1 < rows ? a + row : a;
    let q = b;
    let q1 = b + row;
    let q2 = q1 + row;
    let q3 = q2 + row;
    let c00 = f32x4.splat(0);
    let c01 = c00,
      c02 = c00,
      c03 = c00,
      c10 = c00,
      c11 = c00,
      c12 = c00,
      c13 = c00;
    for (let r = k; r > 0; r -= 4) {
      const x0 = v128.load(p);
      const x1 = v128.load(p1);
      let y = v128.load(q);
      c00 = f32x4.add(c00, f32x4.mul(x0, y));
      c10 = f32x4.add(c10, f32x4.mul(x1, y));
      y = v128.load(q1);
      c01 = f32x4.add(c01, f32x4.mul(x0, y));
      c11 = f32x4.add(c11, f32x4.mul(x1, y));
      y = v128.load(q2);
      c02 = f32x4.add(c02, f32x4.mul(x0, y));
      c12 = f32x4.add(c12, f32x4.mul(x1, y));
      y = v128.load(q3);
      c03 = f32x4.add(c03, f32x4.mul(x0, y));
      c13 = f32x4.add(c13, f32x4.mul(x1, y));
      p += 16;
      p1 += 16;
      q += 16;
      q1 += 16;
      q2 += 16;
      q3 += 16;
    }
    v128.store(c, Lanes.sums(c00, c01, c02, c03));
    if (i + 1 < rows) v128.store(c, Lanes.sums(c10, c11, c12, c13), 16);
    a += 2 * row;
    c += 32;
  }
}
