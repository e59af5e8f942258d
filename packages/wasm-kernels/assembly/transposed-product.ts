/**
 * C += A^T B for row-major panels A [rows, m], B [rows, n] and C [m, n], whose rows lie `aRow`, `bRow` and `cRow` bytes
 * apart; m is a multiple of 4 and n of 8. A 4 x 8 tile of C stays in registers while the rows stream by.
 */
export function addTransposedProduct(
  a: usize,
  aRow: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  rows: i32,
  m: i32,
  n: i32,
): void {
  for (let i = 0; i < m; i += 4) {
    for (let j = 0; j < n; j += 8) {
      let p = a + ((<usize>i) << 2);
      let q = b + ((<usize>j) << 2);
      let c00 = f32x4.splat(0);
      let c01 = c00,
        c10 = c00,
        c11 = c00,
        c20 = c00,
        c21 = c00,
        c30 = c00,
        c31 = c00;
      for (let r = rows; r > 0; r--) {
        const b0 = v128.load(q);
        const b1 = v128.load(q, 16);
        const a0 = v128.load_splat<f32>(p);
        c00 = f32x4.add(c00, f32x4.mul(a0, b0));
        c01 = f32x4.add(c01, f32x4.mul(a0, b1));
        const a1 = v128.load_splat<f32>(p, 4);
        c10 = f32x4.add(c10, f32x4.mul(a1, b0));
        c11 = f32x4.add(c11, f32x4.mul(a1, b1));
        const a2 = v128.load_splat<f32>(p, 8);
        c20 = f32x4.add(c20, f32x4.mul(a2, b0));
        c21 = f32x4.add(c21, f32x4.mul(a2, b1));
        const a3 = v128.load_splat<f32>(p, 12);
        c30 = f32x4.add(c30, f32x4.mul(a3, b0));
        c31 = f32x4.add(c31, f32x4.mul(a3, b1));
        p += aRow;
        q += bRow;
      }
      // Sums of sums: the rounding error grows with the size of a panel, not of the whole batch.
      let tile = c + <usize>i * cRow + ((<usize>j) << 2);
      Tile.add(tile, c00, c01);
      Tile.add((tile += cRow), c10, c11);
      Tile.add((tile += cRow), c20, c21);
      Tile.add(tile + cRow, c30, c31);
    }
  }
}

class Tile {
  @inline static add(at: usize, left: v128, right: v128): void {
    v128.store(at, f32x4.add(v128.load(at), left));
    v128.store(at, f32x4.add(v128.load(at, 16), right), 16);
  }
}
