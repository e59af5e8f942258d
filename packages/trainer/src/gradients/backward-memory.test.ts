import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { disposeFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { powerSeries } from "@invertible/log-det";
import type { PowerSeriesOptions } from "@invertible/log-det";
import { createRandom, peakBytes } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam } from "../optimizers/adam.ts";
import type { Backward } from "./backward.ts";
import { convResNet } from "../../test-support/gradient-flows.ts";
import { train } from "../loop/train.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));

const inputShape = [8, 8, 2];
const batchSize = 16;
const data = {
  values: createRandom(1).normalArray(2 * batchSize * 128),
  shape: inputShape,
  count: 2 * batchSize,
};

/** The bytes of all tensors at the peak of one whole training step, above those before it. */
async function peakOf(backward: Backward, blocks: number, series: PowerSeriesOptions): Promise<number> {
  const { flow } = convResNet({ blocks, inputShape, hidden: 16, logDet: powerSeries(series) });
  flows.push(flow);
  const optimizer = adam();
  const options = { flow, data, batchSize, steps: 1, optimizer, initialExamples: 0, backward };
  const events = train({ ...options, random: createRandom(2) });
  await events.next();
  const { result, peakBytes: peak } = await peakBytes(() => events.next());
  expect(result.value).toMatchObject({ kind: "step", step: 1 });
  await events.return();
  return peak;
}

describe("the peak memory of a training step", () => {
  it.each(["checkpointed", "reversible"] as const)(
    "does not depend on the number of terms of a series with Neumann gradients, %s",
    async (backward) => {
      const [few, many] = [await peakOf(backward, 3, { terms: 5 }), await peakOf(backward, 3, { terms: 20 })];
      expect(Math.abs(many / few - 1)).toBeLessThan(0.01);
    },
  );

  it("does not depend on depth where the backward pass is reversible", async () => {
    const [shallow, deep] = [
      await peakOf("reversible", 4, { terms: 5 }),
      await peakOf("reversible", 16, { terms: 5 }),
    ];
    // The rest consists of gradients in flight, and of what the solver remembers in a block that is slower to invert than the
    // others.
    expect(deep / shallow).toBeLessThan(1.3);
  });

  it("grows by two activations for a block and its act-norm where it is per block, and by their tapes where it is whole", async () => {
    const perBlock = async (backward: Backward) =>
      ((await peakOf(backward, 12, { terms: 5 })) - (await peakOf(backward, 4, { terms: 5 }))) / 8;
    const activation = 4 * batchSize * 128;
    // A gradient, a flat copy of it and an update. At most three of these exist at once on top of the activations.
    const gradients = 3 * parameterBytes();
    expect(await perBlock("checkpointed")).toBeLessThan(2 * activation + gradients);
    expect(await perBlock("whole")).toBeGreaterThan(10 * (2 * activation + gradients));
  });

  it("is that of one block's series where every term is differentiated", async () => {
    const blocks = 4;
    const ofTerms = async (backward: Backward) => {
      const at = (terms: number) => peakOf(backward, blocks, { terms, gradient: "series" });
      return (await at(20)) - (await at(5));
    };
    const [one, all] = [await ofTerms("checkpointed"), await ofTerms("whole")];
    expect(one).toBeGreaterThan(0);
    expect(Math.abs(all / one - blocks)).toBeLessThan(0.1 * blocks);
  });
});

/** The bytes of one block and its act-norm. */
function parameterBytes(): number {
  const { flow } = convResNet({ blocks: 1, inputShape, hidden: 16 });
  flows.push(flow);
  return 4 * Object.values(flow.parameters).reduce((total, { size }) => total + size, 0);
}
