import { chain, defineBijection } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createFlow, standardNormal } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import {
  add,
  createRandom,
  dispose,
  fill,
  matMul,
  mean,
  memory,
  mul,
  scalar,
  square,
  sum as sumOf,
  tanh,
  tensor,
  tidy,
  variable,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { leastSquares } from "../../test-support/regression.ts";
import { memoryCheckpointStore } from "../checkpoints/checkpoint-store.ts";
import type { ExampleSet } from "../data/example-set.ts";
import { backwards } from "../gradients/backward.ts";
import { objectiveGradients } from "../gradients/objective-gradients.ts";
import { train } from "../loop/train.ts";
import { adam } from "../optimizers/adam.ts";
import { parameterAverage } from "../optimizers/parameter-average.ts";
import { maximumLikelihood } from "./maximum-likelihood.ts";
import type { Objective } from "./objective.ts";
import { weightedSum } from "./weighted-sum.ts";

const random = createRandom(12);
const features = 3;

beforeAll(() => startBackend("cpu"));

/** y = x + tanh(x W) / 2, which says that it is invertible, and whose log-det nobody may ask for unless it has one. */
function mixing(key: string, logDet?: number): Bijection {
  const weight = tidy(() => variable(mul(random.fold(key).normal([features, features]), 0.2)));
  const refuse = (): never => {
    throw new Error("a log-det that nobody asked for");
  };
  return defineBijection({
    name: "mixing",
    inputShape: [features],
    outputShape: [features],
    parameters: { weight },
    traits: { inverse: "none" },
    config: {},
    forward: (x) => ({
      y: add(x, mul(tanh(matMul(x, weight)), 0.5)),
      logDet: logDet === undefined ? refuse : () => mul(tensor(Array(x.shape[0]!).fill(1)), logDet),
    }),
    inverse: refuse,
  });
}

/** The targets are a smooth function of the examples. */
function regressionData(count: number): ExampleSet {
  const values = random.fold("data").normalArray(features * count);
  const target = Float32Array.from({ length: count }, (_, i) => Math.sin(values[features * i]!));
  return { values, shape: [features], count, target: { values: target, shape: [1] } };
}

async function gradientsOf(objective: Objective, backward: (typeof backwards)[number], batch: number) {
  const { values, target } = regressionData(batch);
  const [x, t] = [
    tensor(values as Float32Array, [batch, features]),
    tensor(target!.values as Float32Array, [batch, 1]),
  ];
  const { means, gradients } = await objectiveGradients({
    objective,
    variables: Object.values(objective.parameters),
    batch: x,
    target: t,
    call: { random, training: true },
    backward,
  });
  const read = { means: [...(await means.data())], gradients: [] as number[] };
  for (const gradient of gradients) read.gradients.push(...(await gradient.data()));
  dispose([x, t, means, ...gradients]);
  return read;
}

const trunk = () => chain([actNorm({ inputShape: [features] }), mixing("a"), mixing("b")]);

describe("an objective without a log-det", () => {
  it("has the same gradients in every mode, and computes no log-det in any", async () => {
    const objective = leastSquares(trunk(), random);
    const before = memory().numTensors;
    const whole = await gradientsOf(objective, "whole", 8);
    for (const backward of backwards) {
      const { means, gradients } = await gradientsOf(objective, backward, 8);
      expect(means).toEqual(whole.means);
      // The cpu backend adds up in the same order in all modes, so only summands of one variable may swap.
      gradients.forEach((gradient, i) => expect(gradient).toBeCloseTo(whole.gradients[i]!, 6));
    }
    expect(memory().numTensors).toBe(before);
  });

  it("may depend on variables of its trunk directly, in every mode", async () => {
    const plain = leastSquares(trunk(), random);
    const [decayed] = Object.values(plain.trunk.parameters).slice(-1);
    const objective: Objective = {
      ...plain,
      weights: { ...plain.weights, decay: 0.5 },
      terms: (z, context) => ({
        ...plain.terms(z, context),
        decay: mul(fill([z.shape[0]!], 1), sumOf(square(decayed!))) as Tensor,
      }),
    };
    const whole = await gradientsOf(objective, "whole", 8);
    const without = await gradientsOf(plain, "whole", 8);
    expect(whole.gradients).not.toEqual(without.gradients);
    for (const backward of backwards)
      (await gradientsOf(objective, backward, 8)).gradients.forEach((gradient, i) =>
        expect(gradient).toBeCloseTo(whole.gradients[i]!, 5),
      );
  });

  it.each<[string, Partial<Objective>, string]>([
    [
      "a weight that is not finite",
      { weights: { a: NaN } },
      "train.objective.weights.a: expected a finite number",
    ],
    [
      "no place of the trunk",
      { trunkKey: undefined as never },
      "train.objective: expected an objective such as",
    ],
  ])("is refused with %s", (_, change, message) => {
    const objective = { ...leastSquares(trunk(), random), ...change } as Objective;
    const rest = { data: regressionData(8), batchSize: 4, steps: 1, optimizer: adam(), random };
    expect(() => train({ objective, ...rest })).toThrow(message);
  });

  it.each<[string, Objective["terms"], string]>([
    ["that is missing", () => ({}), "leastSquares.terms: expected a term squaredError as in its weights"],
    [
      "of one number for the batch",
      () => ({ squaredError: scalar(1), readout: scalar(1) }),
      "leastSquares.terms squaredError: expected [B]",
    ],
    [
      "that has no weight",
      (z) => ({ squaredError: mean(z, 1), readout: mean(z, 1), other: mean(z, 1) }),
      'leastSquares.terms: expected only squaredError, readout, received "other"',
    ],
  ])("is told of a term %s", async (_, terms, message) => {
    const objective = { ...leastSquares(trunk(), random), terms } as Objective;
    const before = memory().numTensors;
    await expect(gradientsOf(objective, "whole", 4)).rejects.toThrow(message);
    expect(memory().numTensors).toBeLessThanOrEqual(before + 2);
  });

  it("has the gradient of its loss", async () => {
    const objective = leastSquares(trunk(), random);
    const { gradients } = await gradientsOf(objective, "whole", 8);
    const [name, variable] = Object.entries(objective.parameters)[2]!;
    expect(name).toBe("features.1.weight");
    const values = (await variable.data()).slice();
    const [first] = gradients.slice(2 * features);
    const lossAt = async (step: number) => {
      const moved = values.slice();
      moved[0]! += step;
      tidy(() => variable.assign(tensor(moved, [features, features])));
      return (await gradientsOf(objective, "whole", 8)).means[0]!;
    };
    // Central differences of a float32 loss of about 1: h^2 of truncation, 1e-7/h of rounding.
    const slope = ((await lossAt(1e-2)) - (await lossAt(-1e-2))) / 2e-2;
    expect(Math.abs(slope - first!)).toBeLessThan(2e-4 * Math.max(1, Math.abs(first!)));
  });

  it("trains, reports its terms, and resumes at the same bits", async () => {
    const run = async (resumeAt?: number) => {
      const objective = leastSquares(trunk(), random);
      const store = memoryCheckpointStore();
      const options = {
        objective,
        data: regressionData(32),
        batchSize: 8,
        microBatchSize: 4,
        optimizer: adam({ learningRate: 0.02 }),
        random: random.fold("training"),
      };
      const losses: number[] = [];
      for (const steps of resumeAt === undefined ? [40] : [resumeAt, 40])
        for await (const event of train({ ...options, steps, checkpoint: { store }, resume: "if-present" }))
          if (event.kind === "step") {
            expect(Object.keys(event.terms)).toEqual(["squaredError", "readout"]);
            expect(event.loss).toBe(event.terms.squaredError);
            losses.push(event.loss);
          }
      const bits = await Promise.all(
        Object.values(objective.parameters).map(async (each) => [...(await each.data())]),
      );
      return { losses, bits, store, options };
    };
    const whole = await run();
    const resumed = await run(17);
    expect(resumed.bits).toEqual(whole.bits);
    expect(resumed.losses).toEqual(whole.losses);
    expect(whole.losses.at(-1)!).toBeLessThan(0.3 * whole.losses[0]!);

    const changed = regressionData(32);
    changed.target!.values[5]! += 1;
    const again = train({
      ...{ ...whole.options, data: changed, steps: 50 },
      ...({ checkpoint: { store: whole.store }, resume: "required" } as const),
    });
    await expect(again.next()).rejects.toThrow("train.resume data.target.sha256: expected");
  });

  it("is asked whether the data have what it needs", () => {
    const { target: _, ...data } = regressionData(8);
    const objective = leastSquares(trunk(), random);
    const rest = { batchSize: 4, steps: 1, optimizer: adam(), random };
    expect(() => train({ objective, data, ...rest })).toThrow("train.data.target: expected targets");
    const short = { ...data, target: { values: new Float32Array(7), shape: [1] } };
    expect(() => train({ objective, data: short, ...rest })).toThrow(
      "train.data.target.values: expected 8 numbers (8 x [1]), received 7",
    );
  });

  it("stands in the place of a flow, not beside it", () => {
    const objective = leastSquares(trunk(), random);
    const flow = createFlow({
      bijection: actNorm({ inputShape: [features] }),
      base: standardNormal({ shape: [features] }),
    });
    const rest = { data: regressionData(8), batchSize: 4, steps: 1, optimizer: adam(), random };
    // @ts-expect-error both
    expect(() => train({ flow, objective, ...rest })).toThrow(
      'train: expected either a flow or an objective, received "both"',
    );
    // @ts-expect-error neither
    expect(() => train(rest)).toThrow('train: expected either a flow or an objective, received "neither"');
    // @ts-expect-error no objective
    expect(() => train({ objective: {}, ...rest })).toThrow("train.objective: expected an objective such as");
  });
});

describe("a weighted sum", () => {
  const parts = () => {
    const shared = chain([actNorm({ inputShape: [features] }), mixing("a", 0.25)]);
    const likelihood = maximumLikelihood(
      createFlow({ bijection: shared, base: standardNormal({ shape: [features] }) }),
    );
    return { likelihood, regression: leastSquares(shared, random) };
  };

  it("has the weighted terms, and the sum of the gradients, in every mode", async () => {
    const { likelihood, regression } = parts();
    const sum = weightedSum([
      { objective: likelihood, weight: 0.5 },
      { objective: regression, weight: 3 },
    ]);
    expect(sum.weights).toEqual({ logDet: -0.5, baseLogProb: -0.5, squaredError: 3, readout: 0 });
    expect(Object.keys(sum.parameters)).toEqual([
      ...Object.keys(likelihood.parameters),
      "readout.weight",
      "readout.bias",
    ]);
    const [a, b] = [await gradientsOf(likelihood, "whole", 8), await gradientsOf(regression, "whole", 8)];
    for (const backward of backwards) {
      const { means, gradients } = await gradientsOf(sum, backward, 8);
      [...a.means, ...b.means].forEach((mean, i) => expect(means[i]!).toBeCloseTo(mean, 6));
      expect(means[0]).toBeCloseTo(0.25, 6);
      gradients.forEach((gradient, i) =>
        expect(gradient).toBeCloseTo(0.5 * (a.gradients[i] ?? 0) + 3 * b.gradients[i]!, 4),
      );
    }
  });

  it("refreshes the trunk once for all, and is a model that can be averaged", async () => {
    const { likelihood, regression } = parts();
    const sum = weightedSum([
      { objective: regression, weight: 1 },
      { objective: likelihood, weight: 0.1 },
    ]);
    const averaging = parameterAverage({ model: sum, decay: 0.5 });
    const options = { data: regressionData(16), batchSize: 8, steps: 3, optimizer: adam(), random };
    for await (const event of train({ objective: sum, averaging, ...options }))
      if (event.kind === "end") expect(event.step).toBe(3);
    expect(averaging.vector?.size).toBe(
      Object.values(sum.parameters).reduce((count, { size }) => count + size, 0),
    );
    averaging.dispose();
    const other = parameterAverage({ model: likelihood, decay: 0.5 });
    expect(() => train({ objective: sum, averaging: other, ...options })).toThrow(
      "train.averaging: expected an average of the model that is trained, received",
    );
  });

  it.each<[string, () => unknown, string]>([
    ["no objectives", () => weightedSum([]), "weightedSum: expected a list of { objective, weight }"],
    [
      "a weight that is not finite",
      () => weightedSum([{ objective: parts().likelihood, weight: NaN }]),
      "weightedSum[0].weight: expected a finite number, received NaN",
    ],
    [
      "different trunks",
      () =>
        weightedSum([
          { objective: parts().likelihood, weight: 1 },
          { objective: parts().regression, weight: 1 },
        ]),
      "weightedSum[1].objective: expected one on the same bijection as maximumLikelihood",
    ],
    [
      "two terms of one name",
      () => {
        const { regression } = parts();
        return weightedSum([
          { objective: regression, weight: 1 },
          { objective: leastSquares(regression.trunk, random), weight: 1 },
        ]);
      },
      'weightedSum: expected terms of different names, received "squaredError"',
    ],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(message);
  });
});
