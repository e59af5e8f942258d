import { UnsupportedError } from "@invertible/errors";
import type { Bijection } from "../bijection.ts";
import { readConfig } from "../saving/read-config.ts";
import { describeLayer } from "../saving/layer-type.ts";
import type { LayerType } from "../saving/layer-type.ts";
import { defineComposite } from "./define-composite.ts";

/**
 * The same map run the other way: forward(x) = inner.inverse(x). The log-det still belongs to the direction
 * evaluated. Where the inner inverse is iterative, forward runs its fixed number of steps; where the
 * inner forward direction solves an equation too (implicit and monotone blocks), so does inverse, without evidence.
 *
 * Has no data-dependent start: `initialise` sees a batch at the inner layer's output, from which no layer can
 * start. Parameters and state have the prefix "inner.".
 *
 * @throws UnsupportedError where the inner layer has no inverse.
 */
export function invert(inner: Bijection): Bijection {
  if (inner.traits.inverse === "none")
    throw new UnsupportedError(
      `invert: expected a layer with an inverse, received ${inner.name}, which has none`,
    );
  return defineComposite({
    name: "invert",
    inputShape: inner.outputShape,
    outputShape: inner.inputShape,
    parts: [{ key: "inner", bijection: inner, direction: "inverse" }],
    config: { inner: { ...describeLayer(inner) } },
  });
}

export const invertType: LayerType = {
  layer: "invert",
  build: (config, { rebuild }) => invert(rebuild(readConfig("invert", config).description("inner"))),
};
