import type { Bijection, PlacedLayer } from "@invertible/bijection";

/** The layers that a whole value goes through one after another, in forward order: the parts of nested chains. */
export function chainLayers(bijection: Bijection, path: string): readonly PlacedLayer[] {
  const { parts } = bijection;
  const isChain =
    parts.length > 0 && parts.every(({ direction, embedding }) => direction !== "inverse" && !embedding);
  if (!isChain) return [{ layer: bijection, path }];
  return parts.flatMap(({ key, bijection: part }) => chainLayers(part, `${path}.${key}`));
}
