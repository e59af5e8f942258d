import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { chain, defineBijection, knownBounds } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createFlow, disposeFlow, standardNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { NonFiniteError } from "@invertible/errors";
import {
  add,
  createRandom,
  dispose,
  div,
  fill,
  log,
  memory,
  mul,
  neg,
  ones,
  reshape,
  scalar,
  slice,
  sqrt,
  square,
  step,
  sub,
  sum,
  tidy,
  variable,
  zeros,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam } from "../optimizers/adam.ts";
import { backwards } from "../gradients/backward.ts";
import type { Backward } from "../gradients/backward.ts";
import { batchOrder } from "../data/batch-order.ts";
import { evaluate } from "../measurements/evaluate.ts";
import { bitsOf } from "../../test-support/flows.ts";
import { parameterAverage } from "../optimizers/parameter-average.ts";
import { train } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));

const count = 40;
const batchSize = 8;
const random = createRandom(2);
const order = batchOrder({ random, count, batchSize });
/** One example is an outlier. Faulty layers break on it, so that the third step of the first pass fails. */
const badStep = 3;
const badRow = 5;
const badExample = order.indicesOf(badStep)[badRow]!;
const values = createRandom(1).normalArray(2 * count);
values[2 * badExample] = 50;
const data = { values, shape: [2], count };
const where = `train step ${badStep}`;
const atBadRow = `in row ${badRow} of the batch (example ${badExample})`;

interface Parts {
  readonly y: Tensor;
  readonly logDet: Tensor;
}
/**
 * The faults. Each gets sound results, `far` [B, 1], which is 1 for the outlier and 0 for others, and the parameter of the
 * layer.
 */
type Fault = (parts: Parts, far: Tensor, scale: Tensor) => Parts;
const perExample = (far: Tensor) => reshape(far, [far.shape[0]!]);

const faults = {
  none: (parts) => parts,
  y: ({ y, logDet }, far) => ({ y: add(y, log(sub(1, far))), logDet }),
  logDet: ({ y, logDet }, far) => ({ y, logDet: add(logDet, log(sub(1, perExample(far)))) }),
  // It is finite itself, but its square is not.
  base: ({ y, logDet }, far) => ({ y: add(y, mul(far, 1e25)), logDet }),
  // sqrt(0 * s^2) is 0, and its derivative is 1 / 0 * 0.
  gradient: ({ y, logDet }, far, scale) => ({
    y,
    logDet: add(logDet, perExample(sqrt(mul(sub(1, far), square(slice(scale, [0], [1])))))),
  }),
  // Every gradient is finite, but the sum of their squares is not.
  norm: ({ y, logDet }, far, scale) => ({
    y,
    logDet: add(logDet, perExample(mul(far, mul(slice(scale, [0], [1]), 1e22)))),
  }),
  // The forward direction is sound; see `faulty`.
  inverse: ({ y, logDet }) => ({ y, logDet }),
} satisfies Record<string, Fault>;

const farOf = (x: Tensor) => step(sub(slice(x, [0, 0], [x.shape[0]!, 1]), 5));

/** The map y = x * scale, wrong where the fault says so. It counts its refreshes in its state. */
function faulty(fault: Fault): Bijection {
  const { scale, refreshes } = tidy(() => ({
    scale: variable(fill([2], 1.5)),
    refreshes: variable(zeros([1])),
  }));
  return defineBijection({
    name: "faulty",
    inputShape: [2],
    outputShape: [2],
    parameters: { scale },
    state: { refreshes },
    config: {},
    forward(x) {
      const sound = { y: mul(x, scale), logDet: mul(ones([x.shape[0]!]), sum(log(scale))) };
      const { y, logDet } = fault(sound, farOf(x), scale);
      return { y, logDet: () => logDet };
    },
    inverse(y) {
      const sound = div(y, scale);
      const x = fault === faults.inverse ? add(sound, log(sub(1, farOf(sound)))) : sound;
      return { x, logDet: () => neg(mul(ones([y.shape[0]!]), sum(log(scale)))) };
    },
    lipschitz: {
      ...knownBounds(() => ({ forward: Infinity, inverse: Infinity })),
      refresh: async () => tidy(() => void refreshes.assign(add(refreshes, 1))),
    },
  });
}

function newFlow(fault: Fault): Flow {
  const layers = [actNorm({ inputShape: [2] }), chain([faulty(faults.none), faulty(fault)])];
  const flow = createFlow({ bijection: chain(layers), base: standardNormal({ shape: [2] }) });
  flows.push(flow);
  return flow;
}
const usual = (flow: Flow): TrainOptions => ({
  flow,
  data,
  batchSize,
  steps: 10,
  optimizer: adam({ learningRate: 1e-2 }),
  random,
});

async function failureOf(options: TrainOptions): Promise<{ error: unknown; lastStep: number }> {
  let lastStep = 0;
  try {
    for await (const event of train(options)) lastStep = event.step;
  } catch (error) {
    return { error, lastStep };
  }
  throw new Error("expected training to fail");
}

/** Everything as left by a run that reads every step and stops before the bad one. */
async function lastGood(fault: Fault, backward: Backward) {
  const flow = newFlow(fault);
  const averaging = parameterAverage({ model: flow, decay: 0.9 });
  let good = { bits: await bitsOf(flow), average: [] as number[] };
  try {
    for await (const event of train({ ...usual(flow), averaging, backward })) {
      if (event.step === badStep - 1) {
        good = { bits: await bitsOf(flow), average: [...(await averaging.vector!.data())] };
        break;
      }
    }
  } finally {
    averaging.dispose();
  }
  return good;
}

describe.each(backwards)("a non-finite loss or gradient (%s)", (backward) => {
  it.each([
    [
      "y",
      `${where}: expected finite numbers, received -Infinity ${atBadRow} first in tensor "y" of faulty (bijection.1.1), forward`,
    ],
    [
      "logDet",
      `${where}: expected finite numbers, received -Infinity ${atBadRow} first in tensor "logDet" of faulty (bijection.1.1), forward`,
    ],
    [
      "base",
      `${where}: expected finite numbers, received -Infinity ${atBadRow} first in the term "baseLogProb"`,
    ],
    [
      "gradient",
      `${where}: expected finite gradients, received the gradient of parameter "bijection.1.1.scale" that is not, though`,
    ],
    ["norm", `${where}: expected a gradient norm below 1.8e19`],
  ] as const)("in %s is located, and its update not applied, whenever it is read", async (kind, message) => {
    const good = await lastGood(faults[kind], backward);
    for (const reportEvery of [1, 2, 3, 7]) {
      const flow = newFlow(faults[kind]);
      const averaging = parameterAverage({ model: flow, decay: 0.9 });
      const before = memory().numTensors;
      const { error, lastStep } = await failureOf({ ...usual(flow), reportEvery, averaging, backward });
      expect(NonFiniteError.is(error)).toBe(true);
      expect((error as Error).message).toContain(message);
      expect(lastStep).toBe(badStep - 1);
      expect(await bitsOf(flow)).toEqual(good.bits);
      expect([...(await averaging.vector!.data())]).toEqual(good.average);
      averaging.dispose();
      expect(memory().numTensors).toBe(before);
    }
  });
});

describe("a non-finite loss or gradient", () => {
  it("in a micro-batch is located by its row in the batch", async () => {
    const flow = newFlow(faults.y);
    const before = memory().numTensors;
    const { error, lastStep } = await failureOf({ ...usual(flow), microBatchSize: 1 });
    expect((error as Error).message).toContain(
      `received -Infinity ${atBadRow} first in tensor "y" of faulty`,
    );
    expect(lastStep).toBe(badStep - 1);
    expect(memory().numTensors).toBe(before);
  });

  it("in an inverse that recomputes inputs is located there", async () => {
    const flow = newFlow(faults.inverse);
    const before = memory().numTensors;
    const { error, lastStep } = await failureOf({ ...usual(flow), backward: "reversible" });
    expect(String(error)).toContain(
      `${where}: expected finite numbers, received -Infinity ${atBadRow} first in tensor "x" of faulty (bijection.1.1), inverse`,
    );
    expect(lastStep).toBe(badStep - 1);
    expect(memory().numTensors).toBe(before);
    for (const backward of ["whole", "checkpointed"] as const)
      for await (const event of train({ ...usual(newFlow(faults.inverse)), backward }))
        if (event.kind === "step") expect(Number.isFinite(event.loss)).toBe(true);
  });

  it("keeps parameters that the caller has just set", async () => {
    const flow = newFlow(faults.y);
    const scale = flow.parameters["bijection.1.0.scale"]!;
    const failing = async () => {
      for await (const event of train(usual(flow)))
        if (event.step === badStep - 1) tidy(() => scale.assign(fill([2], 1.25)));
    };
    await expect(failing()).rejects.toThrow(where);
    expect([...(await scale.data())]).toEqual([1.25, 1.25]);
  });

  it("names the parameter that was not finite to begin with", async () => {
    const flow = newFlow(faults.none);
    const infinite = tidy(() => div(scalar(1), zeros([2])));
    flow.parameters["bijection.1.0.scale"]!.assign(infinite);
    dispose(infinite);
    const { error } = await failureOf(usual(flow));
    expect(String(error)).toMatch(/received "bijection\.1\.0\.scale" that is not/);
    const again = await failureOf({ ...usual(flow), initialExamples: 0 });
    expect(String(again.error)).toMatch(
      /train step 1: expected finite numbers, received parameter "bijection\.1\.0\.scale" that is not/,
    );
  });

  it.each([1, 4])("in the data is named by example (read every %i steps)", async (reportEvery) => {
    const broken = { ...data, values: values.slice() };
    broken.values[2 * badExample + 1] = NaN;
    const flow = newFlow(faults.none);
    const before = memory().numTensors;
    // It starts from the examples of the first step only, which are sound.
    const { error, lastStep } = await failureOf({
      ...usual(flow),
      data: broken,
      reportEvery,
      initialExamples: batchSize,
    });
    expect(String(error)).toContain(
      `${where}: expected finite input data, received NaN in example ${badExample} (row ${badRow} of the batch, element 1)`,
    );
    expect(lastStep).toBe(badStep - 1);
    expect(memory().numTensors).toBe(before);
    const start = await failureOf({ ...usual(newFlow(faults.none)), data: broken });
    expect(String(start.error)).toContain(
      "train initialisation: expected finite input data, received NaN in example",
    );
  });

  it("in evaluation is located too", async () => {
    const flow = newFlow(faults.logDet);
    for await (const event of train(usual(flow))) if (event.kind === "initialised") break;
    const before = memory().numTensors;
    const failing = evaluate({ flow, data, random, batchSize: 16 });
    await expect(failing).rejects.toThrow(
      `evaluate: expected finite numbers, received -Infinity in row ${badExample % 16} of the batch (example ${badExample}) ` +
        `first in tensor "logDet" of faulty (bijection.1.1), forward`,
    );
    expect(memory().numTensors).toBe(before);
  });
});
