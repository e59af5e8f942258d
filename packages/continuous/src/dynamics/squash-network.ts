import { prefixed } from "@invertible/ops";
import type { Activation, NamedVariables, Shape, Tensor } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { ConcatSquashLayer } from "./concat-squash-layer.ts";
import type { Dynamics } from "./dynamics.ts";

/** What a network of concat-squash layers is composed of. */
export interface SquashNetworkOptions {
  readonly inputShape: Shape;
  /** In the order in which they act. The last one's result has the shape of the first one's input. */
  readonly layers: readonly ConcatSquashLayer[];
  /** The activation after each layer but the last. */
  readonly activations: readonly Activation[];
  readonly conditionFeatures: number;
  readonly config: JsonObject;
}

/** Layers with an activation after each but the last, as dynamics: f = W_n phi(... phi(W_1 z)). Names are "0.weight" and so on. */
export function squashNetwork(options: SquashNetworkOptions): Dynamics {
  const { inputShape, layers, activations, conditionFeatures, config } = options;
  const parameters = layers.map(({ parameters }, i) =>
    prefixed(String(i), { ...parameters, ...prefixed("activation", activations[i]?.parameters ?? {}) }),
  );
  return Object.freeze({
    inputShape,
    conditionFeatures,
    parameters: Object.assign({}, ...parameters) as NamedVariables,
    config,
    at(t: number, condition?: Tensor) {
      const bound = layers.map((layer) => layer.at(t, condition));
      return {
        value: (z: Tensor) =>
          bound.reduce((x, layer, i) => {
            const a = layer.value(x);
            return activations[i]?.value(a) ?? a;
          }, z),
        linearise(z: Tensor) {
          const products: ((v: Tensor) => Tensor)[] = [];
          const value = bound.reduce((x, layer, i) => {
            products.push((v) => layer.jvp(v));
            const a = layer.value(x);
            const activated = activations[i]?.linearise(a);
            if (activated) products.push((v) => activated.jvp(v));
            return activated?.value ?? a;
          }, z);
          return { value, jvp: (v: Tensor) => products.reduce((w, product) => product(w), v) };
        },
      };
    },
  });
}
