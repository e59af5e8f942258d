import type { Bijection } from "../bijection.ts";

/** A layer and its place in a model. */
export interface PlacedLayer {
  /** The layer itself, never a composite. */
  readonly layer: Bijection;
  /** Its place, as in parameter names: "3.inner.0". Empty where the model is a single layer. */
  readonly path: string;
}

/**
 * Lists the layers that a bijection is made of, in forward order. Composites are opened; a single layer gives a list of itself.
 * `path` is put before the paths of the layers.
 */
export function layersOf(bijection: Bijection, path = ""): readonly PlacedLayer[] {
  if (bijection.parts.length === 0) return [{ layer: bijection, path }];
  return bijection.parts.flatMap(({ key, bijection: part }) =>
    layersOf(part, path === "" ? key : `${path}.${key}`),
  );
}
