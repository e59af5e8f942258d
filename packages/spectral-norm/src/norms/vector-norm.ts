import { dualExponent } from "@invertible/certificates";

/** The l_p norm of a vector, computed without overflow on the way. */
export function vectorNorm(x: Float64Array, p: number): number {
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (p === Infinity || largest === 0) return largest;
  if (p === 1) return x.reduce((sum, value) => sum + Math.abs(value), 0);
  return largest * x.reduce((sum, value) => sum + (Math.abs(value) / largest) ** p, 0) ** (1 / p);
}

/** The vector z with |z|_p' = 1 and <z, x> = |x|_p, for x other than 0. For p = infinity it is one of several. */
export function dualVector(x: Float64Array, p: number): Float64Array {
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (p === Infinity) {
    const where = x.findIndex((value) => Math.abs(value) === largest);
    return x.map((value, i) => (i === where ? Math.sign(value) : 0));
  }
  // A zero gets a sign too. For p = 1 all entries are 1 or -1, and at a zero either is right.
  const z = x.map((value) => (value < 0 ? -1 : 1) * (p === 1 ? 1 : (Math.abs(value) / largest) ** (p - 1)));
  const length = vectorNorm(z, dualExponent(p));
  return z.map((value) => value / length);
}
