import { dualExponent } from "@invertible/certificates";

/** |x|_p, without overflow on the way. */
export function vectorNorm(x: Float64Array, p: number): number {
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (p === Infinity || largest === 0) return largest;
  if (p === 1) return x.reduce((sum, value) => sum + Math.abs(value), 0);
  return largest * x.reduce((sum, value) => sum + (Math.abs(value) / largest) ** p, 0) ** (1 / p);
}

/** The z with |z|_p' = 1 and <z, x> = |x|_p, where x is not 0; for p = infinity one of them. */
export function dualVector(x: Float64Array, p: number): Float64Array {
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (p === Infinity) {
    const where = x.findIndex((value) => Math.abs(value) === largest);
    return x.map((value, i) => (i === where ? Math.sign(value) : 0));
  }
  // A sign for zero too: where all of them are 1 or -1, zero may be either.
  const z = x.map((value) => (value < 0 ? -1 : 1) * (p === 1 ? 1 : (Math.abs(value) / largest) ** (p - 1)));
  const length = vectorNorm(z, dualExponent(p));
  return z.map((value) => value / length);
}
