import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createFlow, disposeFlow, standardNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { exactLogDet } from "@invertible/log-det";
import { createRandom, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { denseBranch, residualBlock } from "@invertible/residual";
import { adam } from "../optimizers/adam.ts";
import { backwards } from "../gradients/backward.ts";
import { memoryCheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { evaluate } from "../measurements/evaluate.ts";
import { bitsOf, twoGaussians, twoGaussiansEntropy } from "../../test-support/flows.ts";
import { measureReconstruction } from "../measurements/measure-reconstruction.ts";
import { train } from "./train.ts";
import type { TrainingEvent } from "./training-event.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));

/** A small i-ResNet: power-iteration vectors as state, refreshed after every step. */
function residualFlow(blocks: number): Flow {
  const random = createRandom(1);
  const layers: Bijection[] = [];
  for (let i = 0; i < blocks; i++) {
    layers.push(actNorm({ inputShape: [2] }));
    const branch = denseBranch({
      features: 2,
      hidden: [32, 32],
      activation: "elu",
      coefficient: 0.97,
      preactivation: i > 0,
      random: random.fold(i),
    });
    layers.push(residualBlock({ branch, logDet: exactLogDet() }));
  }
  const flow = createFlow({ bijection: chain(layers), base: standardNormal({ shape: [2] }) });
  flows.push(flow);
  return flow;
}
const usual = (flow: Flow) => ({
  flow,
  data: twoGaussians(2000, 1),
  batchSize: 256,
  optimizer: adam({ learningRate: 1e-2 }),
  random: createRandom(5),
});

describe("training an i-ResNet", () => {
  it("comes near the entropy with a density that integrates to 1, an inverse that works, and no leak", async () => {
    const flow = residualFlow(5);
    const counts: number[] = [];
    for await (const event of train({ ...usual(flow), steps: 200, clipNorm: 5 }))
      if (event.kind === "step") counts.push(memory().numTensors);
    expect(new Set(counts.slice(9)).size).toBe(1);

    const test = twoGaussians(2000, 2);
    const { meanNll, standardError } = await evaluate({ flow, data: test, random: createRandom(0) });
    expect(meanNll).toBeLessThan(twoGaussiansEntropy + 0.25); // a Gaussian has + 0.64
    expect(meanNll).toBeGreaterThan(twoGaussiansEntropy - 4 * standardError);

    // Midpoint rule over a square that holds the mass, cell 0.08.
    const side = 200;
    const cell = 16 / side;
    const values = Float32Array.from({ length: 2 * side * side }, (_, i) => {
      const point = i >> 1;
      return -8 + cell * ((i % 2 === 0 ? point % side : Math.floor(point / side)) + 0.5);
    });
    const grid = { values, shape: [2], count: side * side };
    const { logProb } = await evaluate({ flow, data: grid, random: createRandom(0), batchSize: 8000 });
    const mass = logProb.reduce((total, value) => total + Math.exp(value), 0) * cell ** 2;
    expect(Math.abs(mass - 1)).toBeLessThan(0.01);

    const { maxError, evidence } = await measureReconstruction({ flow, data: test, random: createRandom(0) });
    expect(evidence.every(({ converged }) => converged)).toBe(true);
    expect(maxError).toBeLessThan(1e-3);
  });

  it.each(backwards)("resumes at the same bits, power-iteration vectors included (%s)", async (backward) => {
    const run = async (stops: number[]) => {
      const store = memoryCheckpointStore();
      for (const steps of stops) {
        const flow = residualFlow(2);
        const events: TrainingEvent[] = [];
        for await (const event of train({
          ...usual(flow),
          steps,
          backward,
          checkpoint: { store },
          resume: "if-present",
        }))
          events.push(event);
        if (steps === stops.at(-1)) return bitsOf(flow);
      }
      throw new Error("no stops");
    };
    expect(await run([3, 8, 11])).toEqual(await run([11]));
  });
});
