import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { chain, childCall, defineBijection, factorOut } from "@invertible/bijection";
import type { Bijection, Call } from "@invertible/bijection";
import { createFlow, disposeFlow, standardNormal } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import {
  add,
  createRandom,
  dispose,
  memory,
  mul,
  ones,
  sub,
  sum,
  tensor,
  tidy,
  valueAndGradients,
  variable,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { backwards } from "./backward.ts";
import type { Backward } from "./backward.ts";
import { createWalk, walkThere } from "./backward-walk.ts";
import {
  batchNormalised,
  conditional,
  convResNet,
  denseResNet,
  glow,
  implicitAndMonotone,
  notInvertible,
} from "../../test-support/gradient-flows.ts";
import type { GradientCase } from "../../test-support/gradient-flows.ts";
import { createHeldTensors } from "./held-tensors.ts";
import { maximumLikelihood } from "../objectives/maximum-likelihood.ts";
import { objectiveGradients } from "./objective-gradients.ts";

beforeAll(() => startBackend("wasm"));

const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((clean) => clean()));

const count = 6;
const random = createRandom(4);

/** A case with a batch, a call, and everything freed after the test. */
async function prepare(build: () => GradientCase) {
  const { flow, batch: draw, condition: drawCondition } = build();
  await flow.refresh({ tolerance: 1e-3 });
  const batch = draw(count);
  const condition = drawCondition?.(count);
  cleanups.push(() => (disposeFlow(flow), dispose(condition ? [batch, condition] : batch)));
  const call: Call = { random, training: true, ...(condition && { condition }) };
  return { flow, objective: maximumLikelihood(flow), batch, call, variables: Object.values(flow.parameters) };
}

/** One list for each parameter. */
async function valuesOf(tensors: readonly Tensor[]): Promise<number[][]> {
  return Promise.all(tensors.map(async (t) => [...(await t.data())]));
}

const norm = (values: readonly number[]) => Math.hypot(...values);
const distance = (a: readonly number[], b: readonly number[]) => norm(a.map((value, i) => value - b[i]!));

/**
 * Float32 noise: every parameter's gradient within 1e-5 of its own length and 1e-6 of all gradients'. Evaluated on another
 * backend, which sums in another order, the same gradients differ about as much.
 */
function expectSame(received: readonly number[][], expected: readonly number[][]): void {
  expect(received.length).toBe(expected.length);
  const total = norm(expected.flat());
  expect(total).toBeGreaterThan(0);
  received.forEach((values, i) =>
    expect(distance(values, expected[i]!)).toBeLessThanOrEqual(1e-5 * norm(expected[i]!) + 1e-6 * total),
  );
}

function flowOf(...layers: Bijection[]): GradientCase {
  const bijection = chain(layers);
  const flow = createFlow({ bijection, base: standardNormal({ shape: bijection.outputShape }) });
  return { flow, batch: (size) => random.fold("batch").normal([size, ...bijection.inputShape]) };
}

const cases = {
  denseResNet,
  convResNet,
  // With L = 0.982, rounding alone keeps the error bound of the inverse above its tolerance.
  barelyContracting: () => denseResNet({ coefficient: 0.994 }),
  glow,
  batchNormalised,
  conditional,
  implicitAndMonotone,
  notInvertible,
};

describe.each(Object.entries(cases))("gradients of %s", (_, build) => {
  it("are the same in every backward pass, and nothing leaks", async () => {
    const { flow, variables, batch, call } = await prepare(build);
    const gradientsOf = async (backward: Backward) => {
      const before = memory().numTensors;
      const { means, gradients } = await objectiveGradients({
        objective: maximumLikelihood(flow),
        variables,
        batch,
        call,
        backward,
      });
      expect(memory().numTensors).toBe(before + 1 + variables.length);
      const values = { means: (await valuesOf([means]))[0]!, gradients: await valuesOf(gradients) };
      dispose([means, ...gradients]);
      return values;
    };
    const whole = await gradientsOf("whole");
    for (const backward of backwards) {
      const { means, gradients } = await gradientsOf(backward);
      expectSame(gradients, whole.gradients);
      means.forEach((mean, i) => expect(Math.abs(mean / whole.means[i]! - 1)).toBeLessThan(1e-6));
    }
  });

  it.each(["checkpointed", "reversible"] as const)(
    "follow each example's own weight, %s",
    async (backward) => {
      const {
        flow: { bijection },
        batch,
        call,
      } = await prepare(build);
      const variables = Object.values(bijection.parameters);
      const inside = childCall(call, "bijection");
      const { weights, directions } = tidy(() => ({
        weights: random.fold("weights").normal([count]),
        directions: random.fold("directions").normal([count, ...bijection.outputShape]),
      }));
      const { gradients: whole } = valueAndGradients(() => {
        const { y, logDet } = bijection.forwardAndLogDet(batch, inside);
        return add(sum(mul(directions, y)), sum(mul(weights, logDet)));
      }, variables);
      const held = createHeldTensors();
      const walk = createWalk(held, weights, backward);
      const { y, back } = walkThere(walk, bijection, batch, inside, false);
      await back!({ value: y, gradient: directions });
      const own = variables.map((variable) => walk.gradients.get(variable)!);
      expectSame(await valuesOf(own), await valuesOf(whole));
      held.dispose();
      dispose([weights, directions, ...whole]);
    },
  );
});

describe("the reversible backward pass", () => {
  const inverted = async (build: () => GradientCase, backward: Backward) => {
    const { objective, variables, batch, call } = await prepare(build);
    const seen: string[] = [];
    const { means, gradients } = await objectiveGradients({
      objective,
      variables,
      batch,
      backward,
      call: {
        ...call,
        trace: { path: "", observe: ({ path, direction }) => direction === "inverse" && seen.push(path) },
      },
    });
    dispose([means, ...gradients]);
    return seen;
  };

  it("inverts the layers from the last back to the one after the first with parameters", async () => {
    expect(await inverted(() => denseResNet({ blocks: 2 }), "reversible")).toEqual([
      "bijection.3",
      "bijection.2",
      "bijection.1",
    ]);
    expect(await inverted(glow, "reversible")).toEqual([
      // The parts of the inner split, of its own split, ...
      ...["1", "0.2", "0.1", "0.0"].map((path) => `bijection.3.inner.2.inner.${path}`),
      ...["1.5", "1.4", "1.3", "1.2", "1.1", "1.0", "0"].map((path) => `bijection.3.inner.${path}`),
      // ... and what comes before, up to the first act-norm, bijection.2.0.
      ...["2.5", "2.4", "2.3", "2.2", "2.1"].map((path) => `bijection.${path}`),
    ]);
    expect(await inverted(glow, "checkpointed")).toEqual([]);
  });

  it("keeps the inputs of dequantisation and of layers without an inverse", async () => {
    expect(await inverted(notInvertible, "reversible")).toEqual(["bijection.4", "bijection.2"]);
  });

  it("refuses an input that the inverse cannot give back, naming the layer, but not over rounding", async () => {
    let errorBound = 0.25;
    const stuck = defineBijection({
      name: "stuck",
      inputShape: [2],
      outputShape: [2],
      traits: { inverse: "iterative" },
      config: {},
      forward: (x) => ({ y: mul(x, 2), logDet: () => ones([x.shape[0]!]) }),
      inverse: (y) => ({ x: mul(y, 0.5), logDet: () => ones([y.shape[0]!]) }),
      solver: {
        methods: ["banach"],
        solve: async (y, { path }) => {
          const row = { iterations: 7, residual: 1, errorBound, converged: false };
          const evidence = { ...row, path, layer: "stuck", method: "banach", lipschitz: 0.99, rows: [row] };
          return { x: tidy(() => mul(y, 0.5)), evidence: [evidence] };
        },
      },
    });
    const { objective, batch, variables, call } = await prepare(() =>
      flowOf(actNorm({ inputShape: [2] }), stuck),
    );
    const before = memory().numTensors;
    const request = { objective, variables, batch, call, backward: "reversible" } as const;
    await expect(objectiveGradients(request)).rejects.toThrow(
      "stuck (bijection.1): expected an input that can be recomputed from the output (Lipschitz constant 0.99), " +
        'received an error bound of 0.25 after 7 iterations; backward: "checkpointed" needs no inverse',
    );
    expect(memory().numTensors).toBe(before);
    errorBound = 0.9e-3;
    const { means, gradients } = await objectiveGradients(request);
    dispose([means, ...gradients]);
    expect(memory().numTensors).toBe(before);
  });
});

describe("memory-saving gradients", () => {
  it.each(["checkpointed", "reversible"] as const)(
    "leave nothing behind when a layer throws, %s",
    async (backward) => {
      // The calls are the way there, perhaps the inverse, and the layer's own tape.
      for (const failing of backward === "checkpointed" ? [1, 2] : [1, 2, 3]) {
        let calls = 0;
        const brittle = defineBijection({
          name: "brittle",
          inputShape: [2],
          outputShape: [2],
          config: {},
          forward(x) {
            if (++calls === failing) throw new Error("broken");
            return { y: add(x, 1), logDet: () => sum(sub(x, x), 1) };
          },
          inverse(y) {
            if (++calls === failing) throw new Error("broken");
            return { x: sub(y, 1), logDet: () => sum(sub(y, y), 1) };
          },
        });
        const inner = chain([actNorm({ inputShape: [2] }), brittle]);
        const { objective, batch, variables, call } = await prepare(() =>
          flowOf(actNorm({ inputShape: [4] }), factorOut({ inputShape: [4], leaving: "first", inner })),
        );
        const before = memory().numTensors;
        const request = { objective, variables, batch, call, backward };
        await expect(objectiveGradients(request)).rejects.toThrow("broken");
        expect(memory().numTensors).toBe(before);
      }
    },
  );

  it("are zeros for parameters that nothing depends on, and add up where the base shares one", async () => {
    const { scale, unused } = tidy(() => ({
      scale: variable(tensor([1.5, 2])),
      unused: variable(tensor([1, 1])),
    }));
    const layer = defineBijection({
      name: "shared",
      inputShape: [2],
      outputShape: [2],
      parameters: { scale, unused },
      config: {},
      forward: (x) => ({ y: mul(x, scale), logDet: () => mul(ones([x.shape[0]!]), sum(scale)) }),
      inverse: (y) => ({ x: y, logDet: () => ones([y.shape[0]!]) }),
    });
    const base = {
      ...standardNormal({ shape: [2] }),
      parameters: { scale },
      logProb: (z: Tensor) => tidy(() => sum(mul(z, scale), 1)),
    };
    const flow = createFlow({ bijection: layer, base });
    const { batch, variables, call } = await prepare(() => ({ flow, batch: flowOf(layer).batch }));
    const of = async (backward: Backward) => {
      const { means, gradients } = await objectiveGradients({
        objective: maximumLikelihood(flow),
        variables,
        batch,
        call,
        backward,
      });
      const values = await valuesOf(gradients);
      dispose([means, ...gradients]);
      return values;
    };
    const whole = await of("whole");
    expect(whole).toContainEqual([0, 0]);
    expectSame(await of("checkpointed"), whole);
    expectSame(await of("reversible"), whole);
  });
});
