export class Lanes {
  /** The sums of the lanes of four vectors. */
  @inline static sums(a: v128, b: v128, c: v128, d: v128): v128 {
    const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 1, 4, 5), v128.shuffle<f32>(a, b, 2, 3, 6, 7));
    const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 1, 4, 5), v128.shuffle<f32>(c, d, 2, 3, 6, 7));
    return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
  }

  /** Stores the first `count` lanes `step` bytes apart. */
  @inline static store(to: usize, step: usize, x: v128, count: i32): void {
    v128.store_lane<f32>(to, x, 0);
    if (count > 1) v128.store_lane<f32>(to + step, x, 1);
    if (count > 2) v128.store_lane<f32>(to + 2 * step, x, 2);
    if (count > 3) v128.store_lane<f32>(to + 3 * step, x, 3);
  }
}
