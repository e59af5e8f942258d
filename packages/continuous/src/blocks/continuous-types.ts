import { readConfig } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { buildDynamics, dynamicsTypes } from "../dynamics/dynamics-types.ts";
import type { DynamicsType } from "../dynamics/dynamics.ts";
import { odeGradients } from "../solvers/fixed-grid.ts";
import { odeMethods } from "../solvers/tableau.ts";
import { traceFromConfig } from "../traces/trace-from-config.ts";
import { continuousBlock, continuousBlockName as layer } from "./continuous-block.ts";

/**
 * Makes the layer types for models whose blocks use the given dynamics. To load blocks with dynamics of your own, pass their type
 * beside `dynamicsTypes`.
 */
export function continuousTypesWith(dynamics: readonly DynamicsType[]): readonly LayerType[] {
  return [
    {
      layer,
      build(config, { random }) {
        const read = readConfig(layer, config);
        return continuousBlock({
          // First, because it makes the variables, which loading limits.
          dynamics: buildDynamics(`${layer}.dynamics`, read.object("dynamics"), dynamics, random),
          time: read.number("time"),
          method: read.choice("method", odeMethods),
          steps: read.number("steps"),
          gradient: read.choice("gradient", odeGradients),
          trace: traceFromConfig(`${layer}.trace`, read.object("trace")),
          evaluationTrace: traceFromConfig(`${layer}.evaluationTrace`, read.object("evaluationTrace")),
        });
      },
    },
  ];
}

/** The layer types of this package on its own dynamics, for `rebuild` and for loading saved models. */
export const continuousTypes: readonly LayerType[] = continuousTypesWith(dynamicsTypes);
