/** Tiles whose transforms are in memory at a time. */
export const blockTiles: i32 = 32;

/**
 * Bytes of 16 matrices with a row of `columns` numbers for each tile. Their distance is not a power of 2, which would map them all to the same
 * cache lines.
 */
export function planesBytes(columns: i32): usize {
  return 16 * planeBytes((<usize>columns) << 2);
}

export function planeBytes(row: usize): usize {
  return <usize>blockTiles * row + 64;
}

/** Bytes of what `transformTile` needs: a pixel of zeros, and the four columns of a tile. */
export function columnsBytes(channels: i32): usize {
  return 17 * ((<usize>channels) << 2);
}

/**
 * B' d B of a tile for all channels. Number e of the 16 comes to `out` + e planes. `columns` starts with a pixel of zeros. Behind it are the
 * columns B' d, and tiles must be transformed one after the other from the left, because neighbours share two columns.
 */
export function transformTile(
  x: usize,
  columns: usize,
  out: usize,
  plane: usize,
  tile: i32,
  height: i32,
  width: i32,
  channels: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const across = (width + 1) >> 1;
  const down = (height + 1) >> 1;
  const w = 2 * (tile % across) - 1;
  const h = 2 * ((tile / across) % down) - 1;
  const image = x + <usize>((tile / (across * down)) * height * width) * pixel;
  const places = columns + pixel;
  // Column w of the image has place (w + 1) modulo 4.
  for (let j = w < 0 ? 0 : 2; j < 4; j++)
    transformColumn(
      image,
      columns,
      places + <usize>((w + 1 + j) & 3) * 16,
      h,
      w + j,
      height,
      width,
      channels,
    );
  const second = <usize>((w + 1) & 2) * 16;
  transformRows(places + second, places + 32 - second, out, plane, channels);
}

/** B' times the column of the four pixels from (h, w) downwards. For every four channels, row i of the result comes to `out` + 64 i bytes. */
function transformColumn(
  image: usize,
  zeros: usize,
  out: usize,
  h: i32,
  w: i32,
  height: i32,
  width: i32,
  channels: i32,
): void {
  let p0 = zeros,
    p1 = zeros,
    p2 = zeros,
    p3 = zeros;
  if (<u32>w < <u32>width) {
    const pixel = (<usize>channels) << 2;
    const from = image + <usize>(h * width + w) * pixel;
    const line = <usize>width * pixel;
    if (h >= 0) p0 = from;
    p1 = from + line;
    if (h + 2 < height) p2 = from + 2 * line;
    if (h + 3 < height) p3 = from + 3 * line;
  }
  for (let rest = channels; rest > 0; rest -= 4) {
    const d1 = v128.load(p1);
    const d2 = v128.load(p2);
    v128.store(out, f32x4.sub(v128.load(p0), d2));
    v128.store(out, f32x4.add(d1, d2), 64);
    v128.store(out, f32x4.sub(d2, d1), 128);
    v128.store(out, f32x4.sub(d1, v128.load(p3)), 192);
    p0 += 16;
    p1 += 16;
    p2 += 16;
    p3 += 16;
    out += 256;
  }
}

/** (B' d) B for the columns B' d of a tile, of which the first two lie at `left` and the others at `right`. */
function transformRows(left: usize, right: usize, out: usize, plane: usize, channels: i32): void {
  for (let rest = channels; rest > 0; rest -= 4) {
    let to = out;
    Row.store(to, plane, v128.load(left), v128.load(left, 16), v128.load(right), v128.load(right, 16));
    to += 4 * plane;
    Row.store(
      to,
      plane,
      v128.load(left, 64),
      v128.load(left, 80),
      v128.load(right, 64),
      v128.load(right, 80),
    );
    to += 4 * plane;
    Row.store(
      to,
      plane,
      v128.load(left, 128),
      v128.load(left, 144),
      v128.load(right, 128),
      v128.load(right, 144),
    );
    to += 4 * plane;
    Row.store(
      to,
      plane,
      v128.load(left, 192),
      v128.load(left, 208),
      v128.load(right, 192),
      v128.load(right, 208),
    );
    left += 256;
    right += 256;
    out += 16;
  }
}

class Row {
  /** A row of four numbers times B. */
  @inline static store(to: usize, plane: usize, t0: v128, t1: v128, t2: v128, t3: v128): void {
    v128.store(to, f32x4.sub(t0, t2));
    to += plane;
    v128.store(to, f32x4.add(t1, t2));
    to += plane;
    v128.store(to, f32x4.sub(t2, t1));
    to += plane;
    v128.store(to, f32x4.sub(t1, t3));
  }
}

/** A' m A for a tile of products m, of which number e lies at `m` + e planes. What lies outside of the image is not stored. */
export function storeTile(
  m: usize,
  plane: usize,
  out: usize,
  line: usize,
  pixel: usize,
  columns: i32,
  below: bool,
  beside: bool,
): void {
  for (; columns > 0; columns -= 4) {
    let m1 = v128.load(m + 4 * plane);
    let m2 = v128.load(m + 8 * plane);
    const a0 = f32x4.add(f32x4.add(v128.load(m), m1), m2);
    const b0 = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 12 * plane));
    m1 = v128.load(m + 5 * plane);
    m2 = v128.load(m + 9 * plane);
    const a1 = f32x4.add(f32x4.add(v128.load(m + plane), m1), m2);
    const b1 = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 13 * plane));
    m1 = v128.load(m + 6 * plane);
    m2 = v128.load(m + 10 * plane);
    const a2 = f32x4.add(f32x4.add(v128.load(m + 2 * plane), m1), m2);
    const b2 = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 14 * plane));
    m1 = v128.load(m + 7 * plane);
    m2 = v128.load(m + 11 * plane);
    const a3 = f32x4.add(f32x4.add(v128.load(m + 3 * plane), m1), m2);
    const b3 = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 15 * plane));
    v128.store(out, f32x4.add(f32x4.add(a0, a1), a2));
    if (beside) v128.store(out + pixel, f32x4.sub(f32x4.sub(a1, a2), a3));
    if (below) {
      v128.store(out + line, f32x4.add(f32x4.add(b0, b1), b2));
      if (beside) v128.store(out + line + pixel, f32x4.sub(f32x4.sub(b1, b2), b3));
    }
    m += 16;
    out += 16;
  }
}
