import { checkOptions } from "@invertible/errors";
import type { Bijection, LipschitzBounds } from "@invertible/bijection";
import { add, sub, zeros } from "@invertible/ops";
import { defineCoupling } from "./define-coupling.ts";
import type { CouplingOptions } from "./define-coupling.ts";

/**
 * Additive coupling: y2 = x2 + network(x1), y1 = x1, where x1 is the part that passes. log|det| = 0.
 *
 * x, y: [B, ...inputShape]. It cannot change volume. If the network has a Lipschitz constant L, both directions have the
 * constant (L + sqrt(L^2 + 4)) / 2, so the coupling inverts stably. For a `denseConditioner` this is proven, with L the product
 * of the norms and slopes of its layers. An affine coupling has no such constant, since its slope in x1 grows with x2.
 *
 * @throws ArgumentError for fewer than two entries on the last axis, or a conditioner that does not fit.
 * @see Dinh, Krueger, Bengio (2015), arXiv 1410.8516, section 3.2
 */
export function additiveCoupling(options: CouplingOptions): Bijection {
  checkOptions("additiveCoupling", options, {
    inputShape: "required",
    conditioner: "required",
    passThrough: "optional",
    conditionFeatures: "optional",
  });
  return defineCoupling(
    "additiveCoupling",
    options,
    {
      size: 1,
      forward: (x, shift) => ({ y: add(x, shift), logDet: () => zeros([x.shape[0]!]) }),
      bounds: shearBounds,
      inverse: (y, shift) => ({ x: sub(y, shift), logDet: () => zeros([y.shape[0]!]) }),
    },
    {},
  );
}

/**
 * The bound |[1 0; J 1]| <= |[1 0; L 1]| = (L + sqrt(L^2 + 4)) / 2 for |J| <= L. The inverse has -J in place of J, and the same
 * bound. It is infinite from L = 1e150 on, where the square overflows.
 */
function shearBounds(network: number): LipschitzBounds {
  // There are at most four roundings of 2^-53 each, and the square root halves those of its argument.
  const bound = ((network + Math.sqrt(network ** 2 + 4)) / 2) * (1 + 2 ** -50);
  return { forward: bound, inverse: bound };
}
