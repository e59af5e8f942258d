import { checkMembers } from "@invertible/errors";

/**
 * Checks that a value is a bijection.
 *
 * @throws ArgumentError unless the value has what every bijection has.
 */
export function checkBijection(where: string, value: unknown): void {
  checkMembers(where, "a bijection", value, [
    "forward",
    "inverse",
    "inputShape",
    "outputShape",
    "parameters",
  ]);
}
