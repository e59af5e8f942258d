import { add, dispose, mul, stopGradient, sub, tidy, withoutGradient } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Jvp } from "./problem.ts";
import { rowProducts } from "./quadratic-forms.ts";

/** For one probe v: sum_{k=1..terms} (-1)^(k+1)/k v'J^k v, [B], with one of two gradients. */
export type SeriesForProbe = (jvp: Jvp, probe: Tensor, terms: number) => Tensor;

/** (-1)^(k+1) / k */
const coefficient = (k: number) => (k % 2 === 1 ? 1 : -1) / k;

/** The gradient of every term: stores `terms` passes through the branch. */
export const directSeries: SeriesForProbe = (jvp, probe, terms) => {
  let iterate = jvp(probe);
  let weighted = iterate;
  for (let k = 2; k <= terms; k++) {
    iterate = jvp(iterate);
    weighted = add(weighted, mul(iterate, coefficient(k)));
  }
  return rowProducts(probe, weighted);
};

/**
 * The same value; the gradient is that of s = <v, J u> with u = sum_{j=0..terms-1} (-1)^j J^j v held constant.
 *
 * By cyclicity of the trace d tr(J^k)/k = tr(J^(k-1) dJ), so over probes with E[vv'] = I both gradients have the
 * same expectation, and over a complete orthonormal set of probes they are equal. Only one product is recorded.
 * It also gives the value's last term: s = sum_{k=1..n} (-1)^(k-1) v'J^k v, so n products are enough for both.
 */
export const neumannSeries: SeriesForProbe = (jvp, probe, terms) => {
  if (terms === 1) return rowProducts(probe, jvp(probe));
  const { u, rest } = withoutGradient(() => {
    let sums = firstSums(jvp, probe, terms);
    for (let k = 2; k < terms; k++) {
      const before = sums;
      sums = tidy(() => nextSums(jvp, before, k, terms));
      dispose(Object.values(before));
    }
    return { u: sums.u, rest: rowProducts(probe, sums.weighted) };
  });
  const s = rowProducts(probe, jvp(u));
  // Value: rest + s/n. Gradient: that of s.
  const constant = stopGradient(s);
  return add(add(rest, mul(constant, 1 / terms)), sub(s, constant));
};

/** After k products. */
type Sums = {
  /** J^k v */
  readonly iterate: Tensor;
  /** sum_{j=0..k} (-1)^j J^j v */
  readonly u: Tensor;
  /** sum_{j=1..k} share(j) J^j v */
  readonly weighted: Tensor;
};

/**
 * v'J^k v's part in the value beside its part in s/n: the last term of the value is
 * coefficient(n) v'J^n v = (s - sum_{k<n} (-1)^(k-1) v'J^k v) / n.
 */
const share = (k: number, terms: number) => coefficient(k) - Math.sign(coefficient(k)) / terms;

function firstSums(jvp: Jvp, probe: Tensor, terms: number): Sums {
  return tidy(() => {
    const iterate = jvp(probe);
    return { iterate, u: sub(probe, iterate), weighted: mul(iterate, share(1, terms)) };
  });
}

function nextSums(jvp: Jvp, { iterate: before, u, weighted }: Sums, k: number, terms: number): Sums {
  const iterate = jvp(before);
  return {
    iterate,
    u: k % 2 === 1 ? sub(u, iterate) : add(u, iterate),
    weighted: add(weighted, mul(iterate, share(k, terms))),
  };
}
