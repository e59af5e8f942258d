import type { Bijection } from "@invertible/bijection";
import { add, sub, zeros } from "@invertible/ops";
import { defineCoupling } from "./define-coupling.ts";
import type { CouplingOptions } from "./define-coupling.ts";

/**
 * Additive coupling: y2 = x2 + network(x1), y1 = x1, where x1 is the half that passes; log|det| = 0.
 *
 * x, y: [B, ...inputShape]. Cannot change volume; bi-Lipschitz where the network is Lipschitz, so it inverts stably where
 * an affine coupling may not.
 *
 * @throws ArgumentError for fewer than two entries on the last axis, or a conditioner that does not fit.
 * @see Dinh, Krueger, Bengio (2015), arXiv 1410.8516, section 3.2
 */
export function additiveCoupling(options: CouplingOptions): Bijection {
  return defineCoupling(
    "additiveCoupling",
    options,
    {
      size: 1,
      forward: (x, [shift]) => ({ y: add(x, shift!), logDet: () => zeros([x.shape[0]!]) }),
      inverse: (y, [shift]) => ({ x: sub(y, shift!), logDet: () => zeros([y.shape[0]!]) }),
    },
    {},
  );
}
