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

/**
 * The least relative part of a change of r that must be new. With less, what is left after removing the known directions is
 * mostly rounding error.
 */
const newPart = 1e-2;

/**
 * Anderson's acceleration, type II. Among all points b + (combinations of the last `memory` changes), it finds the one where
 * the linearised r is smallest, and steps to F there:
 *
 *     F(b) - sum_j gamma_j df_j,    gamma = argmin |r(b) - sum_j gamma_j dr_j|.
 *
 * The changes are stored in orthonormalised form (q_j, p_j): the q_j replace the dr_j, and the p_j are the same combinations of
 * the df_j. Then gamma_j = <q_j, r>. This solves the least squares by Gram-Schmidt, without squaring their condition number,
 * which float32 could not bear. If the memory is full, the oldest direction is forgotten. Where a guess has failed, all are.
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
