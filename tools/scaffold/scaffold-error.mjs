import { closestMatch } from "leven";

/** A request that cannot be met. Its message says all that a user needs; nothing has been written. */
export class ScaffoldError extends Error {}

/**
 * Never returns.
 *
 * @param {string} where
 * @param {string} expected
 * @param {unknown} received
 * @param {readonly string[]} [known] among which a misspelt name may be meant
 * @returns {never}
 */
export function refuse(where, expected, received, known = []) {
  const text = String(received);
  // Two letters are two typing errors, and enough to turn any short name into any other.
  const close = closestMatch(text.toLowerCase(), known, {
    maxDistance: Math.min(2, Math.floor(text.length / 2)),
  });
  const meant = close === undefined ? "" : `; did you mean ${JSON.stringify(close)}?`;
  throw new ScaffoldError(`${where}: expected ${expected}, received ${JSON.stringify(text)}${meant}`);
}
