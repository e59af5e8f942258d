import { disposeFlow } from "@invertible/flow";
import { powerSeries } from "@invertible/log-det";
import { vectorGlow, vectorIResNet } from "@invertible/models";
import { countOperations, createRandom, dispose } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam } from "@invertible/trainer";
import type { Flow } from "@invertible/flow";
import { beforeAll, describe, expect, it } from "vitest";
import { stepByStep } from "./step-by-step.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(1);
const batch = 8;

async function evaluation(flow: Flow) {
  const x = random.normal([batch, ...flow.bijection.inputShape]);
  const { result, operations } = await countOperations(() => flow.logProb(x, { random }));
  dispose([x, result]);
  return operations;
}

async function step(flow: Flow) {
  const shape = flow.bijection.inputShape;
  const data = { values: random.normalArray(batch * shape[0]!), shape, count: batch };
  const run = stepByStep({
    ...{ flow, data, batchSize: batch, steps: 1, optimizer: adam(), random },
    ...{ clipNorm: 1, initialExamples: 0 },
  });
  const { operations } = await countOperations(() => run.step());
  await run.end();
  return operations;
}

describe("the counted operations", () => {
  it("of a Glow step are those of its products: once forward, and once for each factor backward", async () => {
    const flow = vectorGlow({ features: 2, random, steps: 1, hidden: [4] });
    // W = L U of 2 x 2, x W, and the network 1 -> 4 -> 2.
    const forward = 2 * (2 * 2 * 2 + batch * 2 * 2 + batch * 1 * 4 + batch * 4 * 2);
    expect(await evaluation(flow)).toMatchObject({ matrixProducts: forward, convolutions: 0 });
    expect(await step(flow)).toMatchObject({ matrixProducts: 3 * forward, convolutions: 0 });
    disposeFlow(flow);
  });

  it("of an i-ResNet grow by one pass of the branch for each term of the series", async () => {
    const counted = async (terms: number) => {
      const flow = vectorIResNet({
        ...{ features: 3, random, blocks: 2, hidden: [5], logDet: powerSeries({ terms }) },
      });
      const { matrixProducts } = await evaluation(flow);
      disposeFlow(flow);
      return matrixProducts;
    };
    // Two blocks of 3 -> 5 -> 3, applied to the batch.
    const pass = 2 * 2 * batch * (3 * 5 + 5 * 3);
    const [two, five] = [await counted(2), await counted(5)];
    expect(five - two).toBe(3 * pass);
    // The value of the branch, two terms, and the norm <u, v W> of the four weights.
    expect(two).toBe(3 * pass + 4 * 2 * 3 * 5);
  });
});
