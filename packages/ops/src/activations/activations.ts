import * as tf from "@tensorflow/tfjs-core";
import type { Activation, ActivationName } from "./activation.ts";
import { checkChoice, fail } from "@invertible/errors";
import { cLipSwishAt, cLipSwishLipschitz } from "./c-lip-swish.ts";
import * as elementary from "../functions/elementary.ts";
import { lipSwish, lipSwishDerivative, lipSwishTwins } from "./lip-swish.ts";
import type { Twins } from "../derivatives/define-op.ts";
import type { Pair } from "./pair.ts";
import { linearisePair, pairDerivative } from "./pair.ts";
import { cPilaAt, cPilaLipschitz, pila, pilaDerivative } from "./pila.ts";
import { newVariable } from "../tensors/allowance.ts";
import { timesStacked } from "./stacked.ts";
import type { NamedVariables, Tensor } from "../tensors/types.ts";

interface Fixed {
  readonly lipschitz: number;
  readonly value: (x: Tensor) => Tensor;
  readonly derivative: (x: Tensor) => Tensor;
  /** Computes both in one pass. Default: one after the other. */
  readonly both?: (x: Tensor) => Twins;
}

const fixed: Readonly<Record<Exclude<ActivationName, "lipSwish" | "cLipSwish" | "cPila">, Fixed>> = {
  relu: { lipschitz: 1, value: elementary.relu, derivative: elementary.reluDerivative },
  leakyRelu: {
    lipschitz: 1,
    value: (x) => elementary.leakyRelu(x),
    derivative: (x) => elementary.leakyReluDerivative(x),
  },
  elu: {
    lipschitz: 1,
    value: elementary.elu,
    derivative: elementary.eluDerivative,
    both: elementary.eluTwins,
  },
  softplus: { lipschitz: 1, value: elementary.softplus, derivative: elementary.sigmoid },
  tanh: { lipschitz: 1, value: elementary.tanh, derivative: elementary.tanhDerivative },
  sigmoid: { lipschitz: 0.25, value: elementary.sigmoid, derivative: elementary.sigmoidDerivative },
  exp: { lipschitz: Infinity, value: elementary.exp, derivative: elementary.exp },
  sin: { lipschitz: 1, value: elementary.sin, derivative: elementary.cos },
  swish: {
    lipschitz: elementary.swishLipschitz,
    value: elementary.swish,
    derivative: elementary.swishDerivative,
  },
  lipschitzCube: {
    lipschitz: 1,
    value: elementary.lipschitzCube,
    derivative: elementary.lipschitzCubeDerivative,
  },
  pila: { lipschitz: 1, value: pila, derivative: pilaDerivative },
  identity: { lipschitz: 1, value: (x) => tf.clone(x), derivative: (x) => tf.onesLike(x) },
};

/** All names that `activation` knows. */
export const activationNames: readonly ActivationName[] = [
  ...(Object.keys(fixed) as (keyof typeof fixed)[]),
  "lipSwish",
  "cLipSwish",
  "cPila",
];

/**
 * Checks the name of an activation.
 *
 * @throws ArgumentError for an unknown name, listing the known ones.
 */
export function checkActivation(where: string, name: ActivationName): void {
  checkChoice(where, name, activationNames);
}

/**
 * Makes the activation called `name`. "lipSwish" and "cLipSwish" have a parameter `betaRaw`, a scalar variable that starts at
 * 0.5; each call makes a new one. "cLipSwish" and "cPila" make two channels of each one. The slope of "leakyRelu" is 0.01 below
 * 0.
 *
 * @throws ArgumentError for an unknown name, listing the known ones.
 */
export function activation(name: ActivationName): Activation {
  switch (name) {
    case "lipSwish": {
      const betaRaw = startingBeta();
      const lipschitz = elementary.swishLipschitz / 1.1;
      const value = (x: Tensor) => lipSwish(x, betaRaw);
      const derivative = (x: Tensor) => lipSwishDerivative(x, betaRaw);
      const both = (x: Tensor) => lipSwishTwins(x, betaRaw);
      return single(name, { lipschitz, value, derivative, both }, { betaRaw });
    }
    case "cLipSwish": {
      const betaRaw = startingBeta();
      return paired(name, cLipSwishLipschitz, (x) => cLipSwishAt(x, betaRaw), { betaRaw });
    }
    case "cPila":
      return paired(name, cPilaLipschitz, cPilaAt, {});
    default:
      if (!Object.hasOwn(fixed, name)) fail("activation", `one of ${activationNames.join(", ")}`, name);
      return single(name, fixed[name], {});
  }
}

const startingBeta = () => newVariable([], () => tf.scalar(0.5));

function single(name: ActivationName, phi: Fixed, parameters: NamedVariables): Activation {
  const { lipschitz, value, derivative, both = (x: Tensor): Twins => [value(x), derivative(x)] } = phi;
  return {
    lipschitz,
    value,
    derivative,
    name,
    expansion: 1,
    parameters,
    linearise(x) {
      const [value, slope] = both(x);
      return {
        value,
        jvp: (v) => timesStacked(`${name}.jvp`, slope, v),
        vjp: (w) => timesStacked(`${name}.vjp`, slope, w),
      };
    },
  };
}

function paired(
  name: ActivationName,
  lipschitz: number,
  at: (x: Tensor) => Pair,
  parameters: NamedVariables,
): Activation {
  return {
    name,
    lipschitz,
    expansion: 2,
    parameters,
    value: (x) => tf.tidy(() => at(x).value()),
    derivative: (x) => tf.tidy(() => pairDerivative(at(x))),
    linearise: (x) => linearisePair(name, at(x)),
  };
}
