import { add, matMul, mean, square, sub, tidy, variable, zeros } from "@invertible/ops";
import type { Bijection } from "@invertible/bijection";
import type { Random } from "@invertible/ops";
import type { ExampleSet } from "../src/data/example-set.ts";
import type { Objective } from "../src/objectives/objective.ts";

/** Least squares of a linear readout z W + b of the trunk against targets [B, 1]. A third party writes objectives like this. */
export function leastSquares(trunk: Bijection, random: Random): Objective<"squaredError" | "readout"> {
  const [features] = trunk.outputShape as [number];
  const { weight, bias } = tidy(() => ({
    weight: variable(random.fold("weight").normal([features, 1])),
    bias: variable(zeros([1])),
  }));
  return {
    name: "leastSquares",
    config: {},
    parameters: {
      ...Object.fromEntries(
        Object.entries(trunk.parameters).map(([name, each]) => [`features.${name}`, each]),
      ),
      "readout.weight": weight,
      "readout.bias": bias,
    },
    state: Object.fromEntries(Object.entries(trunk.state).map(([name, each]) => [`features.${name}`, each])),
    refresh: () => Promise.resolve(),
    architecture: () => ({ trunk: trunk.config }),
    trunk,
    trunkKey: "features",
    weights: { squaredError: 1, readout: 0 },
    terms(z, { target }) {
      const readout = mean(add(matMul(z, weight), bias), 1);
      return { squaredError: square(sub(readout, mean(target!, 1))), readout };
    },
    checkData(where: string, { target }: ExampleSet) {
      if (target === undefined) throw new Error(`${where}.target: expected targets, received none`);
    },
  };
}
