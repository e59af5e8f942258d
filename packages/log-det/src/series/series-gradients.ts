import {
  add,
  addN,
  concat,
  dispose,
  mul,
  slice,
  stopGradient,
  sub,
  tidy,
  withoutGradient,
  zeros,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { LogDetProblem } from "../problem.ts";
import { addWeighted, firstRows, meanProducts } from "./stacked-rows.ts";

type Products = Pick<LogDetProblem, "jvp" | "batch">;

/** Weights of the iterates J^k v of stacked probes v [P B, ...]; probe s takes the rows from s B, and n_s products. */
export interface Series {
  /** n_1 >= n_2 >= ... >= n_P: a probe that is done leaves the stack, and later products are smaller. */
  readonly lengths: readonly number[];
  /** a_k, the weight of v'J^k v in the value, k = 1, 2, ... */
  readonly value: (k: number) => number;
}

export interface NeumannSeries extends Series {
  /** c_k, the weight of J^k v in u, k = 1, 2, ...; that of v is 1. */
  readonly gradient: (k: number) => number;
  /** The weight of s in the value. */
  readonly surrogate: number;
}

/** (-1)^k */
export const alternating = (k: number) => (k % 2 === 0 ? 1 : -1);

/** (-1)^(k+1) / k, the coefficients of log(1 + x). */
export const seriesWeight = (k: number) => -alternating(k) / k;

/** Mean over the probes of sum_{k <= n_s} a_k v'J^k v, [B], with its own gradient: stores every pass through the branch. */
export function directSeries({ jvp, batch }: Products, probe: Tensor, series: Series): Tensor {
  const { lengths, value } = series;
  const parts: Tensor[] = [];
  let iterate = probe;
  let weighted: Tensor | undefined;
  const reduce = () => {
    if (weighted) parts.push(meanProducts(probe, weighted, batch, lengths.length));
    weighted = undefined;
  };
  for (let k = 1; k <= lengths[0]!; k++) {
    const rows = batch * reaching(lengths, k);
    if (rows < iterate.shape[0]!) reduce();
    iterate = jvp(firstRows(iterate, rows));
    weighted = addWeighted(weighted, iterate, value(k));
  }
  reduce();
  return parts.length === 0 ? zeros([batch]) : addN(parts);
}

/**
 * The value is the mean over the probes of sum_{k <= n_s} a_k v'J^k v + surrogate * s, where
 *
 *     s = <v, J u>,    u = v + sum_{k <= n_s} c_k J^k v held constant.
 *
 * The gradient is that of s alone. By cyclicity of the trace d tr(J^k)/k = tr(J^(k-1) dJ), so with E[vv'] = I and c_k = (-1)^k
 * this is an estimate of the gradient of sum_k (-1)^(k+1)/k tr(J^k) with one recorded product, whatever the lengths.
 */
export function neumannSeries(problem: Products, probe: Tensor, series: NeumannSeries): Tensor {
  const { u, value } = withoutGradient(() => neumannSums(problem, probe, series));
  const s = meanProducts(probe, problem.jvp(u), problem.batch, series.lengths.length);
  const constant = stopGradient(s);
  const total = series.surrogate === 0 ? value : add(value, mul(constant, series.surrogate));
  return add(total, sub(s, constant));
}

/** s alone: right as a gradient, and nothing as a value. */
export function neumannSurrogate(
  problem: Products,
  probe: Tensor,
  series: Pick<NeumannSeries, "lengths" | "gradient">,
): Tensor {
  const u = withoutGradient(() => neumannSums(problem, probe, series).u);
  return meanProducts(probe, problem.jvp(u), problem.batch, series.lengths.length);
}

/** Of the probes that are not yet done. */
interface Sums {
  /** J^k v */
  readonly iterate: Tensor;
  /** v + sum_{j <= k} c_j J^j v */
  readonly u: Tensor;
  /** sum_j a_j J^j v since the stack last shrank */
  readonly weighted: Tensor | undefined;
}

/** u for every probe, and the mean of sum_k a_k v'J^k v (0 where no a_k are given). Holds a few tensors, whatever the lengths. */
function neumannSums(
  { jvp, batch }: Products,
  probe: Tensor,
  { lengths, value, gradient }: Pick<NeumannSeries, "lengths" | "gradient"> & Partial<Series>,
): { u: Tensor; value: Tensor } {
  const parts: Tensor[] = [];
  const finished: Tensor[] = [];
  let sums: Sums = { iterate: probe, u: probe, weighted: undefined };
  const reduce = () => {
    const { weighted } = sums;
    if (weighted) parts.push(tidy(() => meanProducts(probe, weighted, batch, lengths.length)));
  };
  const replace = (next: () => Sums) => {
    const before = sums;
    sums = tidy(next as () => never) as Sums;
    for (const tensor of [before.iterate, before.u, before.weighted])
      if (tensor && tensor !== probe) dispose(tensor);
  };
  for (let k = 1; k <= lengths[0]!; k++) {
    const rows = batch * reaching(lengths, k);
    if (rows < sums.u.shape[0]!) {
      reduce();
      finished.unshift(slice(sums.u, rows));
      replace(() => ({
        iterate: slice(sums.iterate, 0, rows),
        u: slice(sums.u, 0, rows),
        weighted: undefined,
      }));
    }
    replace(() => {
      const iterate = jvp(sums.iterate);
      const u = gradient(k) === -1 ? sub(sums.u, iterate) : addWeighted(sums.u, iterate, gradient(k));
      return { iterate, u, weighted: value && addWeighted(sums.weighted, iterate, value(k)) };
    });
  }
  reduce();
  return {
    u: finished.length === 0 ? sums.u : concat([sums.u, ...finished], 0),
    value: parts.length === 0 ? zeros([batch]) : addN(parts),
  };
}

/** How many probes take at least k products. */
function reaching(lengths: readonly number[], k: number): number {
  let count = 0;
  while (count < lengths.length && lengths[count]! >= k) count++;
  return count;
}
