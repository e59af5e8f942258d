import { add, div, greater, mul, neg, sub, zerosLike } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Acceleration, Change, History } from "./acceleration.ts";
import { append, choose, combination, products, rowProducts } from "./acceleration.ts";

/** Least curvature s'H dh / |s|^2 of an update, of the (1 - L) that an exact g has at least where H = I. */
const leastCurvature = 0.1;

/**
 * Broyden's ("good") quasi-Newton method for h(x) = x + g(x) - y = -r(x), from H = I in place of the inverse Jacobian, updated for
 * the last `memory` changes and then begun again:
 *
 *     x+ = b - H h(b),    H+ = H + (s - H dh) s'H / (s'H dh),    s = dx,
 *
 * kept as H = I + sum_j u_j v_j'. An update that would divide by nearly nothing is left out.
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
