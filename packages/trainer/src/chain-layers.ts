import { chainParts } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";

export interface PlacedLayer {
  readonly layer: Bijection;
  /** As in parameter names. */
  readonly path: string;
}

/** The parts of nested chains in forward order; any other bijection is its own one layer. */
export function chainLayers(bijection: Bijection, path: string): readonly PlacedLayer[] {
  const parts = chainParts(bijection);
  if (parts[0] === bijection) return [{ layer: bijection, path }];
  return parts.flatMap((part, i) => chainLayers(part, `${path}.${i}`));
}
