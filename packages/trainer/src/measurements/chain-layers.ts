import type { Bijection, PlacedLayer } from "@invertible/bijection";

/** What a value goes through as a whole, one after another, in forward order: the parts of nested chains. */
export function chainLayers(bijection: Bijection, path: string): readonly PlacedLayer[] {
  const { parts } = bijection;
  const isChain =
    parts.length > 0 && parts.every(({ direction, embedding }) => direction !== "inverse" && !embedding);
  if (!isChain) return [{ layer: bijection, path }];
  return parts.flatMap(({ key, bijection: part }) => chainLayers(part, `${path}.${key}`));
}
