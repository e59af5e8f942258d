import { splitParts } from "@invertible/bijection";
import { chainLayers } from "./chain-layers.ts";
import type { PlacedLayer } from "./chain-layers.ts";

/** How far an error inside an inverse can move its result: proven Lipschitz constants, Euclidean, Infinity where there is none. */
export interface InverseSensitivity {
  /** Of the whole inverse. */
  readonly whole: number;
  /** For each layer, by path: of all that an error in the layer's result still goes through. */
  readonly afterwards: ReadonlyMap<string, number>;
}

/**
 * Layers in forward order, the inverse going backwards: after a layer come those before it, whose constants multiply. Splits
 * are opened; their leaving half hands an error on as it is. From the layers' certificates.
 */
export async function inverseSensitivity(layers: readonly PlacedLayer[]): Promise<InverseSensitivity> {
  let whole = 1;
  const afterwards = new Map<string, number>();
  for (const placed of layers) {
    const own = await ofLayer(placed);
    for (const [path, constant] of own.afterwards) afterwards.set(path, productAbove(whole, constant));
    whole = productAbove(whole, own.whole);
  }
  return { whole, afterwards };
}

async function ofLayer({ layer, path }: PlacedLayer): Promise<InverseSensitivity> {
  const apart = splitParts(layer);
  if (!apart) return { whole: (await layer.certify()).inverse, afterwards: new Map([[path, 1]]) };
  const { whole, afterwards } = await inverseSensitivity(chainLayers(apart.inner, `${path}.inner`));
  return { whole: Math.max(1, whole), afterwards };
}

/** At least a * b, also after rounding. */
function productAbove(a: number, b: number): number {
  return a * b * (1 + 2 * Number.EPSILON);
}
