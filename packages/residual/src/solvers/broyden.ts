import { add, div, greater, mul, neg, sub, zerosLike } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Acceleration, Change, History } from "./acceleration.ts";
import { append, choose, combination, products, rowProducts } from "./acceleration.ts";

/**
 * The least curvature s'H dh / |s|^2 of an update, as a fraction of 1 - L. At H = I an exact g has a curvature of at least 1 -
 * L.
 */
const leastCurvature = 0.1;

/**
 * Broyden's ("good") quasi-Newton method for h(x) = x + g(x) - y = -r(x). H stands for the inverse of the Jacobian. It starts
 * as I, is updated for `memory` changes, and then starts again:
 *
 *     x+ = b - H h(b),    H+ = H + (s - H dh) s'H / (s'H dh),    s = dx.
 *
 * It is stored as H = I + sum_j u_j v_j'. An update that would divide by nearly zero is left out.
 *
 * @see Broyden (1965), A class of methods for solving nonlinear simultaneous equations; Lu et al. (2021), arXiv:2103.09527
 */
export function broyden(memory: number, lipschitz: number): Acceleration {
  return {
    learn([u, v]: History, { dr, df }: Change): History {
      const full = u !== undefined && u.shape[0] === memory;
      const [olderU, olderV] = full ? [undefined, undefined] : [u, v];
      const s = sub(df, dr) as Tensor;
      const dh = neg(dr) as Tensor;
      const [Hdh, sH] =
        olderU && olderV
          ? [
              add(dh, combination(olderU, products(olderV, dh))) as Tensor,
              add(s, combination(olderV, products(olderU, s))) as Tensor,
            ]
          : [dh, s];
      const curvature = rowProducts(sH, dh);
      const says = greater(curvature, mul(rowProducts(s, s), leastCurvature * (1 - lipschitz)));
      const kept = (x: Tensor) => choose(says, x, zerosLike(x)) as Tensor;
      return [append(olderU, kept(div(sub(s, Hdh), curvature))), append(olderV, kept(sH))];
    },
    correction([u, v], r) {
      return combination(u!, products(v!, r));
    },
  };
}
