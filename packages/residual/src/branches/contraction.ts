import { fail } from "@invertible/errors";
import { activation, dispose } from "@invertible/ops";
import type { Activation, ActivationName } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";

/**
 * Rejects a branch that would not contract, before anything is allocated. Its constant L is the product of the coefficients of
 * its layers and of sup|phi'| for each activation between them. With preactivation there is one more activation. If no layer has a
 * limit, the branch claims no constant, and nothing is to be checked.
 *
 * @throws ArgumentError where L >= 1, naming the factors; for coefficients that are not positive; and for an activation to
 * pairs in a norm other than the Euclidean one, in which alone it is bounded.
 */
export function checkBranchContracts(
  where: string,
  coefficients: readonly number[],
  { name, preactivation, norm }: { name: ActivationName; preactivation: boolean; norm: VectorNorm },
): void {
  const { lipschitz: slope, expansion } = facts(name);
  const unconstrained = coefficients.every((coefficient) => coefficient === Infinity);
  if (!unconstrained) checkCoefficients(where, coefficients);
  if (expansion > 1 && norm !== 2) fail(`${where}: norm`, `2, because ${name} gives pairs`, norm);
  if (unconstrained) return;
  const slopes = coefficients.slice(preactivation ? 0 : 1).map(() => slope);
  checkProduct(
    where,
    [...coefficients, ...slopes],
    `and slopes ${slopes.join(" * ")} of ${name} `,
    coefficients,
  );
}

/**
 * Rejects coefficients that do not give a contraction.
 *
 * @throws ArgumentError unless they are positive and multiply to less than 1.
 */
export function checkCoefficientsContract(where: string, coefficients: readonly number[]): void {
  checkCoefficients(where, coefficients);
  checkProduct(where, coefficients, "", coefficients);
}

function checkProduct(
  where: string,
  factors: readonly number[],
  others: string,
  coefficients: readonly number[],
): void {
  const product = factors.reduce((product, factor) => product * factor, 1);
  if (!(product < 1))
    fail(
      `${where}: Lipschitz bound`,
      `coefficients ${coefficients.join(" * ")} ${others}to multiply to less than 1`,
      product,
    );
}

function checkCoefficients(where: string, coefficients: readonly number[]): void {
  for (const coefficient of coefficients)
    if (!(coefficient > 0 && Number.isFinite(coefficient)))
      fail(`${where}: coefficient`, "a positive number, or one for each layer", coefficient);
}

type Facts = Pick<Activation, "lipschitz" | "expansion">;

const known = new Map<ActivationName, Facts>();

/** What is known about an activation from its name alone. */
export function facts(name: ActivationName): Facts {
  let found = known.get(name);
  if (found === undefined) {
    const { lipschitz, expansion, parameters } = activation(name);
    dispose(Object.values(parameters));
    found = { lipschitz, expansion };
    known.set(name, found);
  }
  return found;
}
