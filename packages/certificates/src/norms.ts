/** The p of an l_p vector norm, in [1, Infinity]. */
export type VectorNorm = number;

/** The norms between which an operator is measured: |A| = sup |A x|_codomain / |x|_domain. */
export interface Norms {
  /** The p of the l_p norm of x. */
  readonly domain: VectorNorm;
  /** The q of the l_q norm of A x. */
  readonly codomain: VectorNorm;
}

/**
 * The exponent p' of the norm dual to l_p, with 1/p + 1/p' = 1. The norm of A from l_p to l_q is that of A' from l_q' to l_p'.
 */
export const dualExponent = (p: VectorNorm): VectorNorm =>
  p === Infinity ? 1 : p === 1 ? Infinity : p / (p - 1);
