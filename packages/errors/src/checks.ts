import { fail } from "./fail.ts";

/** @throws ArgumentError unless the value is one of 1, 2, 3, ... up to 2^53 - 1. */
export function checkPositiveInteger(where: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) fail(where, "a positive integer", value);
}

/** @throws ArgumentError unless low < value < high. */
export function checkBetween(where: string, value: number, low: number, high: number): void {
  // A comparison alone takes the text "0.5" for a number.
  if (typeof value !== "number" || !(value > low && value < high))
    fail(where, `a number in (${low}, ${high})`, value);
}

/** @throws ArgumentError unless the value is an array of positive integers: a shape without its batch axis. */
export function checkShape(where: string, shape: readonly number[]): void {
  if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n > 0))
    fail(where, "a shape of positive integers", shape);
}

/** @throws ArgumentError listing the choices, unless the value is one of them. */
export function checkChoice(where: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) fail(where, `one of ${choices.join(", ")}`, value);
}
