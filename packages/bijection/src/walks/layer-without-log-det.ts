import type { Bijection } from "../bijection.ts";
import { layersOf } from "./layers-of.ts";
import type { PlacedLayer } from "./layers-of.ts";

/**
 * Finds the reason why a bijection has no log-det: the first of its layers whose trait `logDet` is "none". A composite that says
 * "none" by itself is its own reason. Undefined where the bijection has a log-det. `path` is put before the path of the layer.
 */
export function layerWithoutLogDet(bijection: Bijection, path = ""): PlacedLayer | undefined {
  if (bijection.traits.logDet !== "none") return undefined;
  const first = layersOf(bijection, path).find(({ layer }) => layer.traits.logDet === "none");
  return first ?? { layer: bijection, path };
}
