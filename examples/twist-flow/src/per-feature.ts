import { defineComposite, describeLayer, readConfig } from "@invertible/bijection";
import type { Bijection, Embedding, LayerType } from "@invertible/bijection";
import { concat, slice } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/**
 * Sends every feature through a bijection of its own:
 *
 *     y_i = f_i(x_i),  log|det dy/dx| = sum of the log-dets of all f_i.   x, y: [B, features], each f_i on [B, 1].
 *
 * Both directions, adaptive inverses, certificates and the trainer's memory-saving gradients follow from the list of parts.
 */
export function perFeature(bijections: readonly Bijection[]): Bijection {
  const features = bijections.length;
  return defineComposite({
    name: "perFeature",
    inputShape: [features],
    outputShape: [features],
    parts: bijections.map((bijection, i) => ({
      key: String(i),
      bijection,
      embedding: column(i, features),
    })),
    config: { parts: bijections.map((bijection) => ({ ...describeLayer(bijection) })) },
  });
}

/** The part sees feature i; the others stay as they are. */
function column(i: number, features: number): Embedding {
  const columns = (v: Tensor, from: number, to: number) =>
    from < to ? [slice(v, [0, from], [v.shape[0]!, to - from])] : [];
  const take = (v: Tensor) => slice(v, [0, i], [v.shape[0]!, 1]);
  const put = (v: Tensor, own: Tensor) =>
    concat([...columns(v, 0, i), own, ...columns(v, i + 1, features)], 1);
  return { take, put, takeResult: take, putBack: put };
}

/** Lets `loadFlow` rebuild the composite, and through it the parts. */
export const perFeatureType: LayerType = {
  layer: "perFeature",
  build: (config, { rebuild }) =>
    perFeature(
      readConfig("perFeature", config)
        .descriptions("parts")
        .map((part) => rebuild(part)),
    ),
};
