import { add, defineOp, mul, reshape, rsqrt, square, sub, sum, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/** |x|^2 as a scalar, summed axis by axis. One float32 sum over 50 000 entries would have a relative error of 1e-5. */
export function squaredNorm(x: Tensor): Tensor {
  return tidy(() => {
    // A sum over an axis of length 1 would change nothing, and cost as much as any other on a GPU.
    const axes = x.shape.filter((length) => length !== 1);
    let total = reshape(square(x), axes);
    while (total.rank > 0) total = sum(total, total.rank - 1);
    return total;
  });
}

// A vector shorter than 1e-15 becomes 0 instead of NaN.
const tiny = 1e-30;

/** The vector x / |x|, or 0 for x = 0. One kernel on wasm, and on WebGPU up to 2^16 numbers. */
export function normalise(x: Tensor): Tensor {
  return op({ x });
}

const op = defineOp(["x"], {
  name: "InvertibleNormalise",
  forward: ({ x }) => mul(x, inverseLength(x)),
  // With y = x / |x|: (dy - <dy, y> y) / |x|.
  gradient: (dy, { x }) => ({
    x: () => {
      const factor = inverseLength(x);
      const y = mul(x, factor);
      return mul(sub(dy, mul(y, sum(mul(dy, y)))), factor);
    },
  }),
});

const inverseLength = (x: Tensor) => rsqrt(add(squaredNorm(x), tiny));
