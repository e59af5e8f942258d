import { fail } from "./fail.ts";

/**
 * Checks that an argument is of the kind a function works with, by the members that it must have. Something else fails here with
 * its name, and not later with "Cannot read properties of undefined".
 *
 * @param kind What is expected, in words: "a bijection".
 * @throws ArgumentError unless the value is an object or function that has all the members.
 */
export function checkMembers(where: string, kind: string, value: unknown, members: readonly string[]): void {
  const holder = (typeof value === "object" && value !== null) || typeof value === "function";
  if (!holder || members.some((member) => (value as Record<string, unknown>)[member] === undefined))
    fail(where, kind, value);
}
