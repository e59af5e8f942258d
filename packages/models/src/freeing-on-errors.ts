import { disposeBijection } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";

/** Returns the layer it is given, and remembers it. */
export type Keep = (layer: Bijection) => Bijection;

/** Builds a model; where one of its layers cannot be built, those kept until then are freed. */
export function freeingOnErrors<Model>(build: (keep: Keep) => Model): Model {
  const built: Bijection[] = [];
  try {
    return build((layer) => {
      built.push(layer);
      return layer;
    });
  } catch (error) {
    built.forEach(disposeBijection);
    throw error;
  }
}
