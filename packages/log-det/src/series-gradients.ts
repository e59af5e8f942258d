import { add, mul, stopGradient, sub, withoutGradient } from "@invertible/ops";
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
  const { u, rest } = withoutGradient(() => {
    let iterate = probe;
    let u = probe;
    // value = rest + coefficient(n) v'J^n v, and v'J^n v = (-1)^(n-1) (s - the terms of s before it).
    let weighted: Tensor | undefined;
    for (let k = 1; k < terms; k++) {
      iterate = jvp(iterate);
      u = k % 2 === 1 ? sub(u, iterate) : add(u, iterate);
      const share = mul(iterate, coefficient(k) - Math.sign(coefficient(k)) / terms);
      weighted = weighted ? add(weighted, share) : share;
    }
    return weighted ? { u, rest: rowProducts(probe, weighted) } : { u };
  });
  const s = rowProducts(probe, jvp(u));
  if (!rest) return s;
  // Value: rest + s/n. Gradient: that of s.
  const constant = stopGradient(s);
  return add(add(rest, mul(constant, 1 / terms)), sub(s, constant));
};
