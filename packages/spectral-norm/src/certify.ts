import { UnsupportedError } from "@invertible/ops";
import type { LinearOperator } from "@invertible/ops";
import { boundUnrolled, unrolledCost } from "./certify-unrolled.ts";
import { roundedUp } from "./certify-rounding.ts";
import type { Side } from "./certify-side.ts";
import { readWeights } from "./certify-weights.ts";
import type { OperatorCertificate, VectorNorm } from "./lipschitz-operator.ts";

/**
 * A proven upper bound of an operator's norm |A| = sup |A x|_codomain / |x|_domain, in exact arithmetic on its weights.
 *
 * @throws UnsupportedError for an operator without `structure`.
 * @throws NonFiniteError for a weight that is NaN or infinite.
 */
export async function certify(
  operator: LinearOperator,
  norms: { readonly domain: VectorNorm; readonly codomain: VectorNorm } = { domain: 2, codomain: 2 },
): Promise<OperatorCertificate> {
  const { domain, codomain } = norms;
  if (domain !== 2 || codomain !== 2)
    throw new UnsupportedError(`certify: expected norms 2 -> 2, received ${domain} -> ${codomain}`);
  const { scale, parts } = await readWeights(operator);
  const squares = parts.map((part) => {
    const sides: Side[] = ["inputs", "outputs"];
    const [side] = sides.sort((a, b) => unrolledCost(part, a) - unrolledCost(part, b));
    return boundUnrolled(part, side!);
  });
  const bound = roundedUp(Math.sqrt(Math.max(0, ...squares))) * scale;
  return { bound, domain, codomain, method: "cholesky" };
}
