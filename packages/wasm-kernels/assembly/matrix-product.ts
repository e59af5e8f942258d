import { storeColumns } from "./vector";

/** Bytes of scratch memory for B [k, n] as `packColumns` leaves it. */
export function matrixProductScratch(k: i32, n: i32): usize {
  return <usize>((n + 7) >> 3) * ((<usize>k) << 5);
}

/**
 * Copies B [k, n], whose entries lie `down` bytes apart along k and `right` bytes along n, as blocks of 8 columns
 * [ceil(n / 8), k, 8], with zeros after the last column.
 */
export function packColumns(b: usize, out: usize, k: i32, n: i32, down: usize, right: usize): void {
  for (let j = 0; j < n; j += 8) {
    const columns = min(8, n - j);
    for (let r = 0; r < k; r++) {
      let from = b + <usize>r * down + <usize>j * right;
      if (columns === 8 && right === 4) {
        v128.store(out, v128.load(from));
        v128.store(out, v128.load(from, 16), 16);
      } else {
        v128.store(out, f32x4.splat(0));
        v128.store(out, f32x4.splat(0), 16);
        for (let c = 0; c < columns; c++) {
          store<f32>(out + ((<usize>c) << 2), load<f32>(from));
          from += right;
        }
      }
      out += 32;
    }
  }
}

/**
 * C = A B for A [rows, k], whose rows lie `aRow` bytes apart, B as `packColumns` leaves it, and C [rows, n] without gaps. A 4 x 8
 * tile of C stays in registers.
 */
export function multiplyPacked(a: usize, aRow: usize, b: usize, c: usize, rows: i32, k: i32, n: i32): void {
  const cRow = (<usize>n) << 2;
  const block = (<usize>k) << 5;
  for (let j = 0; j < n; j += 8) {
    for (let i = 0; i < rows; i += 4) {
      // A tile that reaches over the last row computes that row several times.
      const last = rows - 1 - i;
      let p0 = a + <usize>i * aRow;
      let p1 = p0 + <usize>min(1, last) * aRow;
      let p2 = p0 + <usize>min(2, last) * aRow;
      let p3 = p0 + <usize>min(3, last) * aRow;
      let q = b;
      let c00 = f32x4.splat(0);
      let c01 = c00,
        c10 = c00,
        c11 = c00,
        c20 = c00,
        c21 = c00,
        c30 = c00,
        c31 = c00;
      for (let r = k; r > 0; r--) {
        const b0 = v128.load(q);
        const b1 = v128.load(q, 16);
        let x = v128.load_splat<f32>(p0);
        c00 = f32x4.add(c00, f32x4.mul(x, b0));
        c01 = f32x4.add(c01, f32x4.mul(x, b1));
        x = v128.load_splat<f32>(p1);
        c10 = f32x4.add(c10, f32x4.mul(x, b0));
        c11 = f32x4.add(c11, f32x4.mul(x, b1));
        x = v128.load_splat<f32>(p2);
        c20 = f32x4.add(c20, f32x4.mul(x, b0));
        c21 = f32x4.add(c21, f32x4.mul(x, b1));
        x = v128.load_splat<f32>(p3);
        c30 = f32x4.add(c30, f32x4.mul(x, b0));
        c31 = f32x4.add(c31, f32x4.mul(x, b1));
        p0 += 4;
        p1 += 4;
        p2 += 4;
        p3 += 4;
        q += 32;
      }
      const tile = c + <usize>i * cRow + ((<usize>j) << 2);
      const columns = n - j;
      storeColumns(tile, c00, c01, columns);
      if (last > 0) storeColumns(tile + cRow, c10, c11, columns);
      if (last > 1) storeColumns(tile + 2 * cRow, c20, c21, columns);
      if (last > 2) storeColumns(tile + 3 * cRow, c30, c31, columns);
    }
    b += block;
  }
}

/** Leaves the right factor of a product as `packColumns` does: B [k, n], or B^T of a B [n, k]. */
export function packFactor(b: usize, packed: usize, k: i32, n: i32, transposed: bool): void {
  if (transposed) packColumns(b, packed, k, n, 4, (<usize>k) << 2);
  else packColumns(b, packed, k, n, (<usize>n) << 2, 4);
}

/** C = A B for A [rows, k] and C [rows, n] without gaps, and B as `packFactor` leaves it. */
export function multiplyByPacked(a: usize, packed: usize, c: usize, rows: i32, k: i32, n: i32): void {
  // The rows of a part stay in a near cache while all columns of B pass by.
  const part = 64;
  const aRow = (<usize>k) << 2;
  const cRow = (<usize>n) << 2;
  for (let i = 0; i < rows; i += part)
    multiplyPacked(a + <usize>i * aRow, aRow, packed, c + <usize>i * cRow, min(part, rows - i), k, n);
}
