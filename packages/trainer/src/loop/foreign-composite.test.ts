/** A composite that this repository does not know trains in every mode like ours, because everything follows from its parts. */
import { certify, chain, defineComposite, solveInverse } from "@invertible/bijection";
import type { Bijection, Embedding } from "@invertible/bijection";
import { createFlow, diagonalNormal, disposeFlow } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { exactLogDet } from "@invertible/log-det";
import { add, concat, createRandom, dispose, memory, mul, slice, tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { denseBranch, residualBlock } from "@invertible/residual";
import { beforeAll, describe, expect, it } from "vitest";
import { adam } from "../optimizers/adam.ts";
import { backwards } from "../gradients/backward.ts";
import { objectiveGradients } from "../gradients/objective-gradients.ts";
import { maximumLikelihood } from "../objectives/maximum-likelihood.ts";
import { train } from "./train.ts";

const random = createRandom(77);
const features = 4;

/** Sends each half of the features through a map of its own, and then everything backwards through a third. */
function onEachHalf(first: Bijection, second: Bijection, turned: Bijection): Bijection {
  const half = (v: Tensor, at: number) => slice(v, [0, at], [v.shape[0]!, 2]);
  const embedding = (at: 0 | 2): Embedding => {
    const take = (v: Tensor) => half(v, at);
    const put = (v: Tensor, own: Tensor) => concat(at === 0 ? [own, half(v, 2)] : [half(v, 0), own], 1);
    return { take, put, takeResult: take, putBack: put };
  };
  return defineComposite({
    name: "onEachHalf",
    inputShape: [features],
    outputShape: [features],
    parts: [
      { key: "first", bijection: first, embedding: embedding(0) },
      { key: "second", bijection: second, embedding: embedding(2) },
      { key: "turned", bijection: turned, direction: "inverse" },
    ],
    config: {},
  });
}

const block = (size: number, key: Random) =>
  residualBlock({
    branch: denseBranch({
      features: size,
      hidden: [8],
      activation: "elu",
      coefficient: 0.8,
      preactivation: false,
      random: key,
    }),
    logDet: exactLogDet(),
  });

async function foreignFlow() {
  const inner = chain([actNorm({ inputShape: [2] }), block(2, random.fold("a"))]);
  const composite = onEachHalf(inner, block(2, random.fold("b")), actNorm({ inputShape: [features] }));
  const bijection = chain([
    actNorm({ inputShape: [features] }),
    composite,
    block(features, random.fold("c")),
  ]);
  const flow = createFlow({ bijection, base: diagonalNormal({ shape: [features] }) });
  for (const [name, variable] of Object.entries(flow.parameters))
    tidy(() => variable.assign(add(variable, mul(random.fold(name).normal(variable.shape), 0.2))));
  await flow.refresh({ tolerance: 1e-5 });
  return flow;
}

describe("a composite from elsewhere", () => {
  beforeAll(() => startBackend("wasm"));

  it("has the same gradients in every backward pass", async () => {
    const flow = await foreignFlow();
    const batch = random.fold("batch").normal([6, features]);
    const variables = Object.values(flow.parameters);
    const before = memory().numTensors;
    const all: number[][] = [];
    for (const backward of backwards) {
      const { means, gradients } = await objectiveGradients({
        objective: maximumLikelihood(flow),
        variables,
        batch,
        backward,
        call: { random, training: true },
      });
      all.push((await Promise.all(gradients.map(async (g) => [...(await g.data())]))).flat());
      dispose([means, ...gradients]);
    }
    expect(memory().numTensors).toBe(before);
    const [whole, ...others] = all;
    const size = Math.hypot(...whole!);
    expect(size).toBeGreaterThan(0.1);
    for (const other of others)
      expect(Math.hypot(...other.map((value, i) => value - whole![i]!))).toBeLessThan(1e-4 * size);
    dispose(batch);
    disposeFlow(flow);
  });

  it.each(backwards)(
    "starts from data, trains, is certified and inverts, with %s gradients",
    async (backward) => {
      const flow = await foreignFlow();
      const values = random
        .fold("data")
        .normalArray(64 * features)
        .map((v, i) => 2 * v + (i % features));
      const losses: number[] = [];
      for await (const event of train({
        flow,
        data: { values, shape: [features], count: 64 },
        batchSize: 32,
        steps: 40,
        optimizer: adam({ learningRate: 0.02 }),
        backward,
        random,
      }))
        if (event.kind === "step") losses.push(event.loss);
      expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.1);
      await flow.enforce();
      const { forward, inverse, layers } = await certify(flow.bijection);
      expect(forward * inverse).toBeGreaterThan(1);
      expect(forward * inverse).toBeLessThan(Infinity);
      expect(layers.map(({ path }) => path)).toEqual([
        "0",
        "1.first.0",
        "1.first.1",
        "1.second",
        "1.turned",
        "2",
      ]);
      const x = random.fold("x").normal([5, features]);
      const { x: back, evidence } = await solveInverse(flow.bijection, flow.bijection.forward(x));
      expect(evidence.map(({ path }) => path)).toEqual(["2", "1.second", "1.first.1"]);
      const [want, got] = [await x.data(), await back.data()];
      got.forEach((value, i) => expect(Math.abs(value - want[i]!)).toBeLessThan(1e-3));
      disposeFlow(flow);
    },
  );
});
