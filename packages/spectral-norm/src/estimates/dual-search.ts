import { dualExponent } from "@invertible/certificates";
import type { Norms } from "@invertible/certificates";
import { NonFiniteError } from "@invertible/errors";
import {
  abs,
  add,
  concat,
  dispose,
  matMul,
  max,
  mul,
  reshape,
  sizeOf,
  step,
  sub,
  tidy,
  transpose,
} from "@invertible/ops";
import type { LinearOperator, Random, Tensor } from "@invertible/ops";
import { dualRows, onlyLargest, rowNorms } from "../norms/dual-rows.ts";
import { estimateAt, estimateShapes } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import { builtAtEachUse } from "./measured-family.ts";
import type { Measured } from "./measured-family.ts";
import type { NormSearch } from "./norm-search.ts";

/**
 * Number of starting vectors, which all go through every product together. Between norms other than 2 there are local maxima.
 */
const starts = 10;
/** Number of iterations at construction, where no number can be read back. */
const startIterations = 30;
/** Number of iterations between two reads. */
const roundSize = 10;

/**
 * Finds the norm from l_p to l_q by power iteration with dual vectors: u = dual(A v) of l_q and v = dual(A'u) of l_p*. Every
 * step raises <u, A v>, up to a local maximum. `start` and `converge` take the best of 10 starting vectors; `step` follows the
 * saved one.
 *
 * @see Boyd (1974), The power method for l_p norms; Higham (1992), Estimating the matrix p-norm
 */
export function dualSearch({ family, norms }: Measured, random: Random): NormSearch {
  const { inputShape, outputShape } = family;
  const features = sizeOf(inputShape);
  const onRows = ({ apply, adjoint }: LinearOperator): OnRows => ({
    apply: (v) => tidy(() => reshape(apply(reshape(v, [-1, ...inputShape])), [-1, sizeOf(outputShape)])),
    adjoint: (u) => tidy(() => reshape(adjoint(reshape(u, [-1, ...outputShape])), [-1, features])),
  });
  const randomRows = (count: number) =>
    dualRows(random.normal([count, features]), dualExponent(norms.domain));
  const estimate = (operator: OnRows, rows: Tensor, weight: Tensor): Estimate =>
    tidy(() => {
      const v = best(rows, rowNorms(operator.apply(rows), norms.codomain));
      const u = dualRows(operator.apply(v), norms.codomain);
      return estimateAt(family, reshape(u, [1, ...outputShape]), reshape(v, [1, ...inputShape]), weight);
    });

  return {
    family,
    shapes: (weight) => estimateShapes(family, weight),
    start: (weight) =>
      tidy(() => {
        const operator = onRows(family.operator(weight));
        return estimate(operator, climb(operator, randomRows(starts), norms, startIterations), weight);
      }),
    step: (weight, start, iterations) =>
      tidy(() => {
        const operator = onRows(family.operator(weight));
        return estimate(operator, climb(operator, reshape(start!, [1, features]), norms, iterations), weight);
      }),
    async converge(weight, start, { tolerance, absoluteTolerance = 0, maxIterations = 1000 }) {
      const operator = onRows(builtAtEachUse(family, weight));
      let rows = tidy(() => concat([reshape(start!, [1, features]), randomRows(starts - 1)], 0));
      try {
        let norm = await largestImage(operator, rows, norms);
        const result = (iterations: number, converged: boolean) => ({
          estimate: estimate(operator, rows, weight),
          ...{ norm, iterations, converged },
        });
        for (let iterations = 1; ;) {
          const left = Math.min(roundSize, maxIterations - iterations);
          if (left < 1) return result(iterations, false);
          const climbed = climb(operator, rows, norms, left);
          dispose(rows);
          rows = climbed;
          iterations += left;
          const raised = await largestImage(operator, rows, norms);
          const converged = raised <= norm * (1 + tolerance) + absoluteTolerance;
          norm = raised;
          if (converged) return result(iterations, converged);
        }
      } finally {
        dispose(rows);
      }
    },
  };
}

interface OnRows {
  /** Applies A to rows, [R, n] -> [R, m]. */
  apply(v: Tensor): Tensor;
  /** Applies A' to rows, [R, m] -> [R, n]. */
  adjoint(u: Tensor): Tensor;
}

/** Runs power iterations on rows of length 1 in l_p. A row whose image is 0 stays as it is. */
function climb(operator: OnRows, rows: Tensor, { domain, codomain }: Norms, iterations: number): Tensor {
  return tidy(() => {
    let v = rows;
    for (let i = 0; i < iterations; i++)
      v = tidy(() => {
        const next = dualRows(operator.adjoint(dualRows(operator.apply(v), codomain)), dualExponent(domain));
        return add(next, mul(v, sub(1, step(max(abs(next), 1, true)))));
      });
    return v;
  });
}

/** The row with the largest of `scores` [R, 1], as [1, n]. */
function best(rows: Tensor, scores: Tensor): Tensor {
  return matMul(onlyLargest(transpose(scores)), rows);
}

/** The largest |A v| over the rows, read back. */
async function largestImage(operator: OnRows, rows: Tensor, { codomain }: Norms): Promise<number> {
  const largest = tidy(() => max(rowNorms(operator.apply(rows), codomain)));
  const norm = (await largest.data().finally(() => dispose(largest)))[0]!;
  if (!Number.isFinite(norm))
    throw new NonFiniteError(
      `dualSearch: expected products with the weights that float32 holds, received a norm of ${norm}`,
    );
  return norm;
}
