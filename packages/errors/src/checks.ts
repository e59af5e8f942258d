import { fail } from "./fail.ts";

/**
 * Checks that an option is a positive integer. `where` names the option and starts the message.
 *
 * @throws ArgumentError unless the value is one of 1, 2, 3, ... up to 2^53 - 1.
 */
export function checkPositiveInteger(where: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) fail(where, "a positive integer", value);
}

/**
 * Checks that an option lies in an open interval. `where` names the option and starts the message.
 *
 * @throws ArgumentError unless low < value < high.
 */
export function checkBetween(where: string, value: number, low: number, high: number): void {
  // A comparison alone would accept the text "0.5" as a number.
  if (typeof value !== "number" || !(value > low && value < high))
    fail(where, `a number in (${low}, ${high})`, value);
}

/**
 * Checks that an option is the shape of one example, without the batch axis. `where` names the option and starts the message.
 *
 * @throws ArgumentError unless the value is an array of positive integers.
 */
export function checkShape(where: string, shape: readonly number[]): void {
  if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n > 0))
    fail(where, "a shape of positive integers", shape);
}

/**
 * Checks that an option is one of the choices. `where` names the option and starts the message.
 *
 * @throws ArgumentError listing the choices, unless the value is one of them.
 */
export function checkChoice(where: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) fail(where, `one of ${choices.join(", ")}`, value);
}
