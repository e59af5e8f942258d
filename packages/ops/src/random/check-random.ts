import { checkMembers } from "@invertible/errors";

/**
 * Checks that a value is a key for random numbers.
 *
 * @throws ArgumentError unless the value is a key made by `createRandom`, its `fold` or `split`. A bare seed is not one.
 */
export function checkRandom(where: string, value: unknown): void {
  checkMembers(where, "a random key, such as createRandom(7)", value, ["fold", "key", "normal"]);
}
