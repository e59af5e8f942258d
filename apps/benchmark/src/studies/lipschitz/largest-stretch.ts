import { add, dispose, div, reshape, sizeOf, sqrt, square, sum, tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import type { ContractiveBranch } from "@invertible/residual";

const iterations = 20;

/**
 * The largest stretch |J v| / |v| of g's Jacobian that is found at any of the inputs x [B, ...inputShape]: power iteration on J' J, of
 * all inputs at once. It is a lower bound of the Lipschitz constant of g, as the certified one is an upper bound.
 */
export async function largestStretch(branch: ContractiveBranch, x: Tensor, random: Random): Promise<number> {
  const stretches = tidy(() => {
    const { jvp, vjp } = branch.bind().linearise(x);
    let v = normalised(random.normal(x.shape));
    for (let i = 0; i < iterations; i++) v = normalised(vjp(jvp(v)));
    return lengths(jvp(v));
  });
  const found = await stretches.data();
  dispose(stretches);
  return Math.max(...found);
}

const lengths = (v: Tensor) => {
  const [rows, ...shape] = v.shape as [number, ...number[]];
  return sqrt(sum(square(reshape(v, [rows, sizeOf(shape)])), 1));
};

/** Every row with length 1, where it is not zero. */
const normalised = (v: Tensor) =>
  div(v, reshape(add(lengths(v), smallest), [v.shape[0]!, ...v.shape.slice(1).map(() => 1)]));

/** Keeps rows of zeros from becoming NaN. */
const smallest = 1e-30;
