/** p of an l_p vector norm, in [1, Infinity]. */
export type VectorNorm = number;

/** Between which norms an operator is measured: |A| = sup |A x|_codomain / |x|_domain. */
export interface Norms {
  readonly domain: VectorNorm;
  readonly codomain: VectorNorm;
}

/** p' of the norm dual to l_p: 1/p + 1/p' = 1. */
export const dualExponent = (p: VectorNorm): VectorNorm =>
  p === Infinity ? 1 : p === 1 ? Infinity : p / (p - 1);
