import { div, greater, mul, neg, sqrt, sub, zerosLike } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Acceleration, Change, History } from "./acceleration.ts";
import {
  append,
  choose,
  combination,
  forgetIn,
  products,
  rowProducts,
  withoutOldest,
} from "./acceleration.ts";

/** Of a change of r, the least part that must be new: with less, what is left of it is mostly the error of the others. */
const newPart = 1e-2;

/**
 * Anderson's acceleration, type II: of all b + (combinations of the last `memory` changes) the one where r, linearised, is
 * least, and F there:
 *
 *     F(b) - sum_j gamma_j df_j,    gamma = argmin |r(b) - sum_j gamma_j dr_j|.
 *
 * The changes are kept orthonormalised (q_j, p_j): the q_j in place of the dr_j, and the same combinations of the df_j, so that
 * gamma_j = <q_j, r>. That solves the least squares by Gram-Schmidt, in float32 without squaring its condition
 * number. What is forgotten is the oldest direction; all of them where a guess has failed.
 *
 * @see Walker and Ni (2011), Anderson acceleration for fixed-point iterations, SIAM J. Numer. Anal. 49(4), algorithm AA
 */
export function anderson(memory: number): Acceleration {
  return {
    learn([q, p]: History, { dr, df, lost }: Change): History {
      const full = q !== undefined && q.shape[0] === memory;
      const [olderQ, olderP] = [q, p].map((a) => forgetIn(lost, full ? withoutOldest(a!) : a));
      let [newQ, newP] = [dr, df];
      if (olderQ && olderP) {
        const c = products(olderQ, dr);
        newQ = sub(dr, combination(olderQ, c));
        newP = sub(df, combination(olderP, c));
      }
      const length = sqrt(rowProducts(newQ, newQ)) as Tensor;
      const says = greater(length, mul(sqrt(rowProducts(dr, dr)) as Tensor, newPart));
      const kept = (x: Tensor) => choose(says, div(x, length), zerosLike(x)) as Tensor;
      return [append(olderQ, kept(newQ)), append(olderP, kept(newP))];
    },
    correction([q, p], r) {
      return neg(combination(p!, products(q!, r)));
    },
  };
}
