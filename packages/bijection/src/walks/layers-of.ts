import type { Bijection } from "../bijection.ts";

export interface PlacedLayer {
  readonly layer: Bijection;
  /** As in parameter names: "3.inner.0". */
  readonly path: string;
}

/** The layers of which a bijection is made, in forward order; a layer is its own one. */
export function layersOf(bijection: Bijection, path = ""): readonly PlacedLayer[] {
  if (bijection.parts.length === 0) return [{ layer: bijection, path }];
  return bijection.parts.flatMap(({ key, bijection: part }) =>
    layersOf(part, path === "" ? key : `${path}.${key}`),
  );
}
