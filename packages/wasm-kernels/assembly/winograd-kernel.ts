import { Lanes } from "./lanes";
import { matrixProductScratch } from "./matrix-product";

/** Bytes of the transformed kernel that `winogradKernel` writes. */
export function winogradKernelBytes(channels: i32, outputs: i32): usize {
  return 16 * factorBytes(channels, outputs);
}

/** Bytes of each of its 16 matrices. */
export function factorBytes(channels: i32, outputs: i32): usize {
  return outputs === 4 ? (<usize>channels) << 4 : matrixProductScratch(channels, outputs);
}

/**
 * G g G' for a kernel [3, 3, channels, outputs]: 16 matrices [channels, outputs] as `packColumns` leaves them. If there are only four outputs,
 * each matrix is stored column by column.
 */
export function winogradKernel(kernel: usize, out: usize, channels: i32, outputs: i32): void {
  const factor = factorBytes(channels, outputs);
  const tap = (<usize>(channels * outputs)) << 2;
  for (let j = 0; j < outputs; j += 4)
    for (let c = 0; c < channels; c++) {
      const from = kernel + ((<usize>(c * outputs + j)) << 2);
      const at =
        outputs === 4
          ? (<usize>c) << 2
          : ((<usize>(j >> 3) * <usize>channels + <usize>c) << 5) + ((<usize>(j & 4)) << 2);
      for (let i = 0; i < 4; i++) {
        const a = Kernel.row(from, 3 * tap, i);
        const b = Kernel.row(from + tap, 3 * tap, i);
        const d = Kernel.row(from + 2 * tap, 3 * tap, i);
        for (let e = 0; e < 4; e++) {
          const to = out + at + <usize>(4 * i + e) * factor;
          const value = Kernel.combine(a, b, d, e);
          if (outputs === 4) Lanes.store(to, (<usize>channels) << 2, value, 4);
          else {
            v128.store(to, value);
            // The second half of the last 8 columns may lie behind the last output.
            if (!(j & 4) && outputs - j <= 4) v128.store(to, f32x4.splat(0), 16);
          }
        }
      }
    }
}

class Kernel {
  /** Row i of G, times the taps of a column. */
  @inline static row(from: usize, step: usize, i: i32): v128 {
    return Kernel.combine(v128.load(from), v128.load(from + step), v128.load(from + 2 * step), i);
  }

  /** Row i of G, times (a, b, c). */
  @inline static combine(a: v128, b: v128, c: v128, i: i32): v128 {
    if (i === 0) return a;
    if (i === 3) return c;
    const sum = f32x4.add(a, c);
    return f32x4.mul(f32x4.splat(0.5), i === 1 ? f32x4.add(sum, b) : f32x4.sub(sum, b));
  }
}
