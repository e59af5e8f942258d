import { fail } from "@invertible/errors";
import { activation, dispose } from "@invertible/ops";
import type { Activation, ActivationName } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";

/**
 * Refuses, before anything is allocated, what would not contract: L = product of the layers' coefficients and of
 * sup|phi'| for each activation between them, and one more with preactivation.
 *
 * @throws ArgumentError when L >= 1, naming the factors; for coefficients that are not positive; for an activation to pairs,
 * which is bounded in the Euclidean norm, where the branch is measured in another.
 */
export function checkBranchContracts(
  where: string,
  coefficients: readonly number[],
  { name, preactivation, norm }: { name: ActivationName; preactivation: boolean; norm: VectorNorm },
): void {
  const { lipschitz: slope, expansion } = facts(name);
  checkCoefficients(where, coefficients);
  if (expansion > 1 && norm !== 2) fail(`${where}: norm`, `2, because ${name} gives pairs`, norm);
  const slopes = coefficients.slice(preactivation ? 0 : 1).map(() => slope);
  checkProduct(
    where,
    [...coefficients, ...slopes],
    `and slopes ${slopes.join(" * ")} of ${name} `,
    coefficients,
  );
}

/** @throws ArgumentError unless the coefficients are positive and multiply to less than 1. */
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

/** What is known of an activation by name. */
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
