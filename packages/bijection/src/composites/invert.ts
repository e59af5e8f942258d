import { checkBijection } from "../check-bijection.ts";
import { UnsupportedError } from "@invertible/errors";
import type { Bijection } from "../bijection.ts";
import { readConfig } from "../saving/read-config.ts";
import { describeLayer } from "../saving/layer-type.ts";
import type { LayerType } from "../saving/layer-type.ts";
import { defineComposite } from "./define-composite.ts";

/**
 * The same map run the other way: forward(x) = inner.inverse(x). The log-det still belongs to the direction evaluated.
 * Parameters and state have the prefix "inner.".
 *
 * If the inverse of `inner` is iterative, the forward direction runs its fixed number of steps. `solveInverse` of the result
 * runs the forward direction of `inner`; where that solves an equation too, as in implicit and monotone blocks, it gives no
 * evidence.
 *
 * An inverted layer has no data-dependent start, because `initialise` sees a batch at the output of `inner`, and layers can
 * only start from a batch at their input.
 *
 * @throws UnsupportedError where `inner` has no inverse.
 */
export function invert(inner: Bijection): Bijection {
  checkBijection("invert", inner);
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

/** Rebuilds an `invert` from its configuration. */
export const invertType: LayerType = {
  layer: "invert",
  build: (config, { rebuild }) => invert(rebuild(readConfig("invert", config).description("inner"))),
};
