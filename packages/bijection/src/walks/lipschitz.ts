import { roundUp } from "@invertible/ops";
import type { Bijection, Part } from "../bijection.ts";
import type { LipschitzBounds, RefreshOptions } from "../lipschitz-control.ts";
import { layersOf } from "./layers-of.ts";

/** What is proven of a bijection with the weights it has now; see `LipschitzControl.certify`. */
export interface Certificate extends LipschitzBounds {
  /** The layers whose bounds multiply to these, in forward order. */
  readonly layers: readonly LayerCertificate[];
}

export interface LayerCertificate extends LipschitzBounds {
  /** As in parameter names: "3.inner.0". */
  readonly path: string;
  readonly layer: string;
}

/** Updates state that follows the parameters, such as power-iteration vectors, in every layer. */
export async function refresh(bijection: Bijection, options: RefreshOptions): Promise<void> {
  for (const { layer } of layersOf(bijection)) await layer.lipschitz?.refresh(options);
}

/** Scales weights down, where needed, until every Lipschitz constant that a layer claims is proven. */
export async function enforce(bijection: Bijection): Promise<void> {
  for (const { layer } of layersOf(bijection)) await layer.lipschitz?.enforce();
}

/**
 * Proves Lipschitz constants of both directions: the product of the layers', Infinity where a layer proves nothing. Products are
 * rounded up.
 */
export async function certify(bijection: Bijection): Promise<Certificate> {
  if (bijection.parts.length === 0) {
    const { forward = Infinity, inverse = Infinity } = (await bijection.lipschitz?.certify()) ?? {};
    return { forward, inverse, layers: [{ path: "", layer: bijection.name, forward, inverse }] };
  }
  let [forward, inverse] = [1, 1];
  const layers: LayerCertificate[] = [];
  for (const part of bijection.parts) {
    const own = await certifyPart(part);
    forward = productAbove(forward, own.forward);
    inverse = productAbove(inverse, own.inverse);
    layers.push(...own.layers);
  }
  return { forward, inverse, layers };
}

/** Of the composite's step through this part. */
async function certifyPart({ key, bijection, direction, embedding }: Part): Promise<Certificate> {
  const own = await certify(bijection);
  const layers = own.layers.map(({ path, ...rest }) => ({
    path: path === "" ? key : `${key}.${path}`,
    ...rest,
  }));
  // Beside the part stands an identity: the larger constant is that of both.
  const beside = embedding ? 1 : 0;
  const certificate = {
    forward: Math.max(beside, own.forward),
    inverse: Math.max(beside, own.inverse),
    layers,
  };
  return direction === "inverse" ? turned(certificate) : certificate;
}

/** At least a * b, also after rounding. */
function productAbove(a: number, b: number): number {
  return a === 1 || b === 1 ? a * b : roundUp(a * b);
}

function turned({ forward, inverse, layers }: Certificate): Certificate {
  const turnedLayers = layers.map((layer) => ({ ...layer, forward: layer.inverse, inverse: layer.forward }));
  return { forward: inverse, inverse: forward, layers: turnedLayers.reverse() };
}
