import { placeOf } from "@invertible/bijection";
import type { Certificate, LipschitzBounds } from "@invertible/bijection";
import { NotCertifiedError, failFormat, readJsonObject } from "@invertible/errors";

/**
 * How much larger than stored a bound may be when it is proven again, relative to its value. Unless the flow was enforced,
 * capped weights are computed in float32, which differs between backends in the last digits. The tolerance is far above that
 * difference and far below anything that matters to a solver.
 */
const certificateTolerance = 1e-5;

const directions = ["forward", "inverse"] as const;

/** Writes a certificate as JSON text, with null for Infinity. Returns undefined where nothing is proven. */
export function certificateText({ forward, inverse, layers }: Certificate): string | undefined {
  if (![{ forward, inverse }, ...layers].some((bounds) => directions.some((d) => bounds[d] < Infinity)))
    return undefined;
  // JSON has no Infinity. `stringify` writes null for it.
  return JSON.stringify({
    forward,
    inverse,
    layers: layers.map(({ path, layer, forward, inverse }) => ({ path, layer, forward, inverse })),
  });
}

/**
 * Reads the text that `certificateText` writes.
 *
 * @throws FileFormatError for any other text.
 */
export function readCertificate(where: string, text: string): Certificate {
  const value = readJsonObject(where, text);
  const { layers } = value;
  if (!Array.isArray(layers)) failFormat(`${where}.layers`, "an array", layers);
  return {
    ...boundsOf(where, value),
    layers: layers.map((entry: unknown, i) => {
      const at = `${where}.layers[${i}]`;
      const { path, layer } = objectOf(at, entry);
      if (typeof path !== "string") failFormat(`${at}.path`, "a string", path);
      if (typeof layer !== "string") failFormat(`${at}.layer`, "a string", layer);
      return { path, layer, ...boundsOf(at, entry) };
    }),
  };
}

/**
 * Checks that every stored bound is proven for the layers as they are now.
 *
 * @throws FileFormatError for a certificate of other layers.
 * @throws NotCertifiedError naming the first layer whose bound is larger than stored, and both numbers.
 */
export function checkCertificate(where: string, stored: Certificate, proven: Certificate): void {
  const found = new Map(proven.layers.map((entry) => [placeOf(entry.layer, entry.path), entry]));
  for (const entry of stored.layers) {
    const name = placeOf(entry.layer, entry.path);
    const own = found.get(name);
    if (own === undefined) failFormat(`${where}.layers`, "only layers of the model", name);
    checkBounds(`${where}, ${name}`, entry, own);
  }
  checkBounds(`${where}, all layers together`, stored, proven);
}

function checkBounds(where: string, stored: LipschitzBounds, proven: LipschitzBounds): void {
  for (const direction of directions)
    if (!(proven[direction] <= stored[direction] * (1 + certificateTolerance)))
      throw new NotCertifiedError(
        `${where}: expected a Lipschitz constant of its ${direction} map of at most ${stored[direction]}, as stored, ` +
          `received ${proven[direction]}, as proven from the weights`,
      );
}

function objectOf(where: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  return failFormat(where, "an object", value);
}

function boundsOf(where: string, value: unknown): LipschitzBounds {
  const given = objectOf(where, value);
  const bound = (direction: (typeof directions)[number]) => {
    const found = Object.hasOwn(given, direction) ? given[direction] : undefined;
    if (found === null) return Infinity;
    return typeof found === "number" && found >= 0 && found < Infinity
      ? found
      : failFormat(`${where}.${direction}`, "a number of at least 0, or null", found);
  };
  return { forward: bound("forward"), inverse: bound("inverse") };
}
