import {
  add,
  addN,
  concat,
  dispose,
  mul,
  reshape,
  slice,
  stopGradient,
  sub,
  tidy,
  withoutGradient,
  zeros,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { LogDetProblem } from "../problem.ts";
import type { DrawnLengths } from "./drawn-lengths.ts";
import { addWeighted, firstRows, meanProducts } from "./stacked-rows.ts";

type Products = Pick<LogDetProblem, "jvp" | "batch">;

/**
 * The weights of the iterates J^k v of stacked probes v [P B, ...]. Probe s has the rows from s B on, and takes n_s products.
 */
export interface Series extends Pick<DrawnLengths, "reached" | "whenReached"> {
  /** n_1 >= n_2 >= ... >= n_P. A probe that is finished leaves the stack, so later products are smaller. */
  readonly lengths: readonly number[];
  /** The weight a_k of v'J^k v in the value, for k = 1, 2, ... */
  readonly value: (k: number) => number;
}

/** A series together with the weights of its Neumann gradient. */
export interface NeumannSeries extends Series {
  /** The weight c_k of J^k v in u, for k = 1, 2, ... That of v itself is 1. */
  readonly gradient: (k: number) => number;
  /** The weight of s in the value. */
  readonly surrogate: number;
}

/** (-1)^k */
export const alternating = (k: number) => (k % 2 === 0 ? 1 : -1);

/** (-1)^(k+1) / k, the coefficients of log(1 + x). */
export const seriesWeight = (k: number) => -alternating(k) / k;

/**
 * The mean over the probes of sum_{k <= n_s} a_k v'J^k v, [B], differentiated term by term. It stores every pass through the
 * branch.
 */
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
    weighted = addWeighted(weighted, iterate, weightAt(k, value, series, iterate.rank));
  }
  reduce();
  return parts.length === 0 ? zeros([batch]) : addN(parts);
}

/**
 * A series with a gradient that records a single product. Its value is the mean over the probes of sum_{k <= n_s} a_k v'J^k v +
 * surrogate * s, where
 *
 *     s = <v, J u>,    u = v + sum_{k <= n_s} c_k J^k v held constant.
 *
 * The gradient is that of s alone. The trace is cyclic, so d tr(J^k)/k = tr(J^(k-1) dJ). With E[vv'] = I and c_k = (-1)^k, the
 * gradient of s therefore estimates that of sum_k (-1)^(k+1)/k tr(J^k), whatever the lengths.
 */
export function neumannSeries(problem: Products, probe: Tensor, series: NeumannSeries): Tensor {
  const { u, value } = withoutGradient(() => neumannSums(problem, probe, series));
  const s = meanProducts(probe, problem.jvp(u), problem.batch, series.lengths.length);
  const constant = stopGradient(s);
  const total = series.surrogate === 0 ? value : add(value, mul(constant, series.surrogate));
  return add(total, sub(s, constant));
}

/** Computes s alone. Its gradient is right, and its value means nothing. */
export function neumannSurrogate(
  problem: Products,
  probe: Tensor,
  series: Pick<NeumannSeries, "lengths" | "reached" | "whenReached" | "gradient">,
): Tensor {
  const u = withoutGradient(() => neumannSums(problem, probe, series).u);
  return meanProducts(probe, problem.jvp(u), problem.batch, series.lengths.length);
}

/** Sums for the probes that are not yet finished. */
interface Sums {
  /** The iterate J^k v. */
  readonly iterate: Tensor;
  /** v + sum_{j <= k} c_j J^j v. */
  readonly u: Tensor;
  /** sum_j a_j J^j v since the stack last became smaller. */
  readonly weighted: Tensor | undefined;
}

/**
 * Computes u for every probe, and the mean of sum_k a_k v'J^k v, which is 0 if no a_k are given. Only a few tensors exist at a
 * time, whatever the lengths.
 */
function neumannSums(
  { jvp, batch }: Products,
  probe: Tensor,
  series: Pick<NeumannSeries, "lengths" | "reached" | "whenReached" | "gradient"> & Partial<Series>,
): { u: Tensor; value: Tensor } {
  const { lengths, value, gradient } = series;
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
    const step = (): Sums => {
      const iterate = jvp(sums.iterate);
      const weight = weightAt(k, gradient, series, iterate.rank);
      const u = weight === -1 ? sub(sums.u, iterate) : addWeighted(sums.u, iterate, weight);
      const weighted = value && addWeighted(sums.weighted, iterate, weightAt(k, value, series, iterate.rank));
      return { iterate, u, weighted };
    };
    replace(() => (k === 1 ? step() : whenReached(k, sums, step, series)));
  }
  reduce();
  return {
    u: finished.length === 0 ? sums.u : concat([sums.u, ...finished], 0),
    value: parts.length === 0 ? zeros([batch]) : addN(parts),
  };
}

/** Makes a step of the sums, which a computation that is repeated with other lengths may leave out. */
function whenReached(
  k: number,
  sums: Sums,
  step: () => Sums,
  { whenReached: when }: Pick<Series, "whenReached">,
): Sums {
  if (when === undefined) return step();
  const listOf = ({ iterate, u, weighted }: Sums) => (weighted ? [iterate, u, weighted] : [iterate, u]);
  const [iterate, u, weighted] = when(k, listOf(sums), () => listOf(step()));
  return { iterate: iterate!, u: u!, weighted };
}

/** The weight of term k, which is 0 in rows that take more products than their series has terms. */
function weightAt(
  k: number,
  weight: (k: number) => number,
  { reached }: Pick<Series, "reached">,
  rank: number,
): number | Tensor {
  if (reached === undefined) return weight(k);
  const rows = reached(k);
  return mul(reshape(rows, [rows.size, ...Array<number>(rank - 1).fill(1)]), weight(k));
}

/** How many probes take at least k products. */
function reaching(lengths: readonly number[], k: number): number {
  let count = 0;
  while (count < lengths.length && lengths[count]! >= k) count++;
  return count;
}
