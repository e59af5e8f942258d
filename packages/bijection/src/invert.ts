import { UnsupportedError, prefixed } from "@invertible/ops";
import type { Bijection } from "./bijection.ts";
import { childContext } from "./child-context.ts";
import { certifyParts } from "./composite.ts";
import { defineBijection } from "./define-bijection.ts";
import { describe } from "./layer-type.ts";

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
  return defineBijection({
    name: "invert",
    inputShape: inner.outputShape,
    outputShape: inner.inputShape,
    traits: { ...inner.traits, inverse: "analytic", levels: undefined },
    parameters: prefixed("inner", inner.parameters),
    state: prefixed("inner", inner.state),
    config: { inner: { ...describe(inner) } },
    forward(x, context) {
      const { x: y, logDet } = inner.inverse(x, childContext(context, "inner"));
      return { y, logDet: () => logDet! };
    },
    inverse(y, context) {
      const { y: x, logDet } = inner.forward(y, childContext(context, "inner"));
      return { x, logDet: () => logDet! };
    },
    refresh: (options) => inner.refresh(options),
    async certify() {
      const { forward: backward, inverse: onward, layers } = await certifyParts([inner], ["inner"]);
      const turned = layers.map(({ forward, inverse, ...rest }) => ({
        ...rest,
        forward: inverse,
        inverse: forward,
      }));
      return { forward: onward, inverse: backward, layers: turned.reverse() };
    },
    enforce: () => inner.enforce(),
  });
}
