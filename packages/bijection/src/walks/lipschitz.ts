import { roundUp } from "@invertible/ops";
import type { Bijection, Part } from "../bijection.ts";
import type { LipschitzBounds, RefreshOptions } from "../lipschitz-control.ts";
import { layersOf } from "./layers-of.ts";

/** What is proven about a bijection with the weights it has now; see `LipschitzControl.certify`. */
export interface Certificate extends LipschitzBounds {
  /** The proof of each layer, in forward order. The bounds of the whole are products of these. */
  readonly layers: readonly LayerCertificate[];
}

/** What is proven about one layer of a bijection. */
export interface LayerCertificate extends LipschitzBounds {
  /** Place of the layer, as in parameter names: "3.inner.0". */
  readonly path: string;
  /** Name of the layer type: "actNorm". */
  readonly layer: string;
}

/**
 * Brings the state that follows the parameters up to date in every layer, such as the vectors of power iteration. The trainer
 * does this after every step, with one or a few iterations. Without options, every estimate is iterated until it changes by
 * less than 1e-4 of itself.
 */
export async function refresh(bijection: Bijection, options: RefreshOptions = thorough): Promise<void> {
  for (const { layer } of layersOf(bijection)) await layer.lipschitz?.refresh(options);
}

const thorough: RefreshOptions = { tolerance: 1e-4 };

/** Scales weights down in every layer, where needed, until each Lipschitz constant that the layer claims is proven. */
export async function enforce(bijection: Bijection): Promise<void> {
  for (const { layer } of layersOf(bijection)) await layer.lipschitz?.enforce();
}

/**
 * Whether the estimates of every layer belong to its weights as they are now. It is false once a weight was assigned to without a
 * refresh. No numbers are read.
 */
export function isFresh(bijection: Bijection): boolean {
  // Not `every`: each layer takes note of what it sees.
  return layersOf(bijection).reduce(
    (fresh, { layer }) => (layer.lipschitz?.isFresh?.() ?? true) && fresh,
    true,
  );
}

/**
 * Proves upper bounds of the Lipschitz constants of both directions, from the weights as they are now. A composite's bound is
 * the product of the bounds of its layers, rounded up. It is Infinity where some layer proves nothing. `path` is put before the
 * paths of the layers.
 */
export async function certify(bijection: Bijection, path = ""): Promise<Certificate> {
  if (bijection.parts.length === 0) {
    const { forward = Infinity, inverse = Infinity } = (await bijection.lipschitz?.certify()) ?? {};
    return { forward, inverse, layers: [{ path, layer: bijection.name, forward, inverse }] };
  }
  let [forward, inverse] = [1, 1];
  const layers: LayerCertificate[] = [];
  for (const part of bijection.parts) {
    const own = await certifyPart(part, path);
    forward = productAbove(forward, own.forward);
    inverse = productAbove(inverse, own.inverse);
    layers.push(...own.layers);
  }
  return { forward, inverse, layers };
}

/** Proves bounds of the step that a composite takes through one part. */
async function certifyPart(
  { key, bijection, direction, embedding }: Part,
  path: string,
): Promise<Certificate> {
  const { layers, ...own } = await certify(bijection, path === "" ? key : `${path}.${key}`);
  // What the embedding leaves out passes unchanged, with constant 1. Both together have the larger of the two constants.
  const beside = embedding ? 1 : 0;
  const certificate = {
    forward: Math.max(beside, own.forward),
    inverse: Math.max(beside, own.inverse),
    layers,
  };
  return direction === "inverse" ? turned(certificate) : certificate;
}

/** The product a * b, rounded up unless it is exact. */
function productAbove(a: number, b: number): number {
  return a === 1 || b === 1 ? a * b : roundUp(a * b);
}

/** The certificate of the inverse map. */
function turned({ forward, inverse, layers }: Certificate): Certificate {
  const turnedLayers = layers.map((layer) => ({ ...layer, forward: layer.inverse, inverse: layer.forward }));
  return { forward: inverse, inverse: forward, layers: turnedLayers.reverse() };
}
