import { ArgumentError } from "@invertible/errors";

/**
 * Checks that numbers are what `traits.levels` says a layer takes: integers in [0, levels). Pixels scaled to [0, 1] would pass
 * through dequantisation without a sign of trouble and give likelihoods that are far too good.
 *
 * @param size numbers per example, for the error message
 * @throws ArgumentError naming the first number that is none, and its example.
 */
export function checkLevels(where: string, values: ArrayLike<number>, levels: number, size: number): void {
  // Bytes, the usual form of pixels, need no look.
  if (values instanceof Uint8Array && levels >= 256) return;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value >= 0 && value < levels && Number.isInteger(value)) continue;
    throw new ArgumentError(
      `${where}: expected integers in [0, ${levels}), as the model dequantises ${levels} levels, ` +
        `received ${value} in example ${Math.floor(i / size)} (element ${i % size}); ` +
        `pass pixels as whole numbers, not scaled to [0, 1]`,
    );
  }
}
