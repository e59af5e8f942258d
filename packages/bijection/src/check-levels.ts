import { ArgumentError } from "@invertible/errors";

/**
 * Checks that data are what `traits.levels` says a layer takes: integers in [0, levels). Without the check, pixels scaled to
 * [0, 1] would pass through dequantisation unnoticed and give likelihoods that are far too good.
 *
 * @param where starts the error message
 * @param size how many numbers one example has, for the error message
 * @throws ArgumentError that names the first number out of place and its example.
 */
export function checkLevels(where: string, values: ArrayLike<number>, levels: number, size: number): void {
  // Bytes, the usual form of pixels, cannot be out of place.
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
