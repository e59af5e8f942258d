import { checkIntegerFrom } from "@invertible/errors";

/** More names than any list of classes has. The head of a file that asks for more would only cost time. */
const mostClasses = 2 ** 20;

/**
 * Checks a number of classes.
 *
 * @throws ArgumentError unless it is an integer from 2 to 2^20.
 */
export function checkClasses(where: string, classes: number): void {
  checkIntegerFrom(where, classes, 2, mostClasses);
}
