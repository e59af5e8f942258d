import { certify } from "@invertible/bijection";
import type { Bijection, Part, PlacedLayer } from "@invertible/bijection";

/**
 * How far an error inside an inverse can move the result. These are proven Euclidean Lipschitz constants, or Infinity where
 * nothing is proven.
 */
export interface InverseSensitivity {
  /** The constant of the whole inverse. */
  readonly whole: number;
  /** For each layer, by its path, the constant of everything that an error in the layer's result still goes through. */
  readonly afterwards: ReadonlyMap<string, number>;
}

/**
 * Computes these constants from the certificates of the layers, given in forward order. The inverse runs backwards, so an error
 * of a layer goes on through the layers before it, whose constants multiply. Composites are opened. What an embedding leaves
 * out passes an error on unchanged.
 */
export async function inverseSensitivity(layers: readonly PlacedLayer[]): Promise<InverseSensitivity> {
  return inTurn(
    layers.map(
      ({ layer, path }) =>
        () =>
          ofLayer(layer, path),
    ),
  );
}

async function inTurn(steps: readonly (() => Promise<InverseSensitivity>)[]): Promise<InverseSensitivity> {
  let whole = 1;
  const afterwards = new Map<string, number>();
  for (const step of steps) {
    const own = await step();
    for (const [at, constant] of own.afterwards) afterwards.set(at, productAbove(whole, constant));
    whole = productAbove(whole, own.whole);
  }
  return { whole, afterwards };
}

async function ofLayer(layer: Bijection, path: string): Promise<InverseSensitivity> {
  if (layer.parts.length > 0)
    return inTurn(layer.parts.map((part) => () => ofPart(part, `${path}.${part.key}`)));
  return { whole: (await certify(layer)).inverse, afterwards: new Map([[path, 1]]) };
}

async function ofPart({ bijection, direction, embedding }: Part, path: string): Promise<InverseSensitivity> {
  const beside = embedding ? 1 : 0;
  const { whole, afterwards } =
    direction === "inverse"
      ? // It is inverted by its forward direction, which leaves no error of its own.
        { whole: (await certify(bijection)).forward, afterwards: new Map<string, number>() }
      : await ofLayer(bijection, path);
  return { whole: Math.max(beside, whole), afterwards };
}

/** The product a * b, rounded up. */
function productAbove(a: number, b: number): number {
  return a * b * (1 + 2 * Number.EPSILON);
}
