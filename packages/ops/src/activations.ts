import * as tf from "@tensorflow/tfjs";
import type { Activation, ActivationName } from "./activation.ts";
import { fail } from "./checks.ts";
import * as elementary from "./elementary.ts";
import { lipSwish, lipSwishDerivative } from "./lip-swish.ts";
import type { Tensor } from "./types.ts";

/** sup |swish'|, at x = 2.3994: numerically, in float64. */
const swishLipschitz = 1.0998393194;

interface Fixed {
  readonly lipschitz: number;
  readonly value: (x: Tensor) => Tensor;
  readonly derivative: (x: Tensor) => Tensor;
}

const fixed: Readonly<Record<Exclude<ActivationName, "lipSwish">, Fixed>> = {
  relu: { lipschitz: 1, value: elementary.relu, derivative: elementary.reluDerivative },
  leakyRelu: {
    lipschitz: 1,
    value: (x) => elementary.leakyRelu(x),
    derivative: (x) => elementary.leakyReluDerivative(x),
  },
  elu: { lipschitz: 1, value: elementary.elu, derivative: elementary.eluDerivative },
  softplus: { lipschitz: 1, value: elementary.softplus, derivative: elementary.sigmoid },
  tanh: { lipschitz: 1, value: elementary.tanh, derivative: elementary.tanhDerivative },
  sigmoid: { lipschitz: 0.25, value: elementary.sigmoid, derivative: elementary.sigmoidDerivative },
  exp: { lipschitz: Infinity, value: elementary.exp, derivative: elementary.exp },
  sin: { lipschitz: 1, value: elementary.sin, derivative: elementary.cos },
  swish: { lipschitz: swishLipschitz, value: elementary.swish, derivative: elementary.swishDerivative },
  lipschitzCube: {
    lipschitz: 1,
    value: elementary.lipschitzCube,
    derivative: elementary.lipschitzCubeDerivative,
  },
  identity: { lipschitz: 1, value: (x) => tf.clone(x), derivative: (x) => tf.onesLike(x) },
};

/** Every name `activation` knows. */
export const activationNames: readonly ActivationName[] = [
  ...(Object.keys(fixed) as ActivationName[]),
  "lipSwish",
];

/**
 * The activation called `name`. "lipSwish" brings its own parameter `betaRaw`, a scalar variable that starts at 0.5;
 * each call makes a new one. leakyRelu has slope 0.01.
 * @throws ArgumentError for an unknown name, listing the known ones.
 */
export function activation(name: ActivationName): Activation {
  if (name === "lipSwish") {
    const betaRaw = tf.tidy(() => tf.variable(tf.scalar(0.5)));
    return {
      name,
      lipschitz: swishLipschitz / 1.1,
      parameters: { betaRaw },
      value: (x) => lipSwish(x, betaRaw),
      derivative: (x) => lipSwishDerivative(x, betaRaw),
    };
  }
  if (!Object.hasOwn(fixed, name)) fail("activation", `one of ${activationNames.join(", ")}`, name);
  return { name, parameters: {}, ...fixed[name] };
}
