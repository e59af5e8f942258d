import { activation, dispose, fail } from "@invertible/ops";
import type { ActivationName } from "@invertible/ops";

/**
 * L = product of the layers' coefficients and of sup|phi'| for each activation between them, and one more with
 * preactivation.
 *
 * @throws ArgumentError when L >= 1, naming the factors.
 */
export function contraction(
  coefficients: readonly number[],
  name: ActivationName,
  preactivation: boolean,
): number {
  const { lipschitz: slope, parameters } = activation(name);
  dispose(Object.values(parameters));
  const slopes = coefficients.slice(preactivation ? 0 : 1).map(() => slope);
  const lipschitz = [...coefficients, ...slopes].reduce((product, factor) => product * factor, 1);
  if (!(lipschitz < 1))
    fail(
      "branch: Lipschitz bound",
      `coefficients ${coefficients.join(" * ")} and slopes ${slopes.join(" * ")} of ${name} to multiply to less than 1`,
      lipschitz,
    );
  return lipschitz;
}
