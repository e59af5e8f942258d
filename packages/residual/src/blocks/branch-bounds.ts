import type { LayerCall, LipschitzBounds } from "@invertible/bijection";
import { NotCertifiedError } from "@invertible/errors";
import { roundUp, sizeOf } from "@invertible/ops";
import type { ContractiveBranch } from "../branches/contractive-branch.ts";

/**
 * Proves Euclidean Lipschitz constants of x -> x + g(x) and of its inverse: 1 + L and 1/(1 - L), rounded up.
 *
 * If g contracts in another l_p norm, there are two ways to a Euclidean constant. One uses the proven Euclidean constant of g.
 * The other converts, since lengths in the two norms differ by a factor of at most d^|1/2 - 1/p|. The smaller result is
 * returned.
 *
 * @see Behrmann et al. (2019), arXiv:1811.00995, lemma 2
 */
export async function branchBounds(branch: ContractiveBranch): Promise<LipschitzBounds> {
  const { lipschitz, euclidean } = await branch.certify();
  const { norm, inputShape } = branch;
  const apart = norm === 2 ? 1 : roundUp(roundUp(sizeOf(inputShape) ** Math.abs(1 / 2 - 1 / norm)));
  return {
    forward: Math.min(onward(euclidean), roundUp(apart * onward(lipschitz))),
    inverse: Math.min(back(euclidean), roundUp(apart * back(lipschitz))),
  };
}

const onward = (lipschitz: number) => roundUp(1 + lipschitz);

function back(lipschitz: number): number {
  // A number below the exact 1 - L, since the subtraction may have rounded up.
  const gap = (1 - lipschitz) * (1 - Number.EPSILON);
  return gap > 0 ? roundUp(1 / gap) : Infinity;
}

/**
 * The constant L < 1, in the branch's own norm, on which the error bounds of an adaptive solve rest. Outside training it is
 * proven from the present weights. In training, where weights change with every step and inverses only recompute activations,
 * it is the constant that the branch claims.
 *
 * @throws NotCertifiedError where the proven constant is 1 or more.
 */
export async function contractionBehind(
  branch: ContractiveBranch,
  { where, training }: Pick<LayerCall, "where" | "training">,
): Promise<number> {
  if (training) return branch.lipschitz;
  const { lipschitz } = await branch.certify();
  if (!(lipschitz < 1))
    throw new NotCertifiedError(
      `${where}: expected a branch that is proven to contract, received a proven Lipschitz constant of ${lipschitz}; ` +
        `call enforce(), which holds it at ${branch.lipschitz}`,
    );
  return lipschitz;
}
