import { beforeAll, describe, expect, it } from "vitest";
import { createRandom, dispose, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { disposeFlow } from "@invertible/flow";
import { adam } from "../optimizers/adam.ts";
import type { Backward } from "../gradients/backward.ts";
import { bitsOf, smallFlow, twoGaussians } from "../../test-support/flows.ts";
import { denseResNet } from "../../test-support/gradient-flows.ts";
import { objectiveGradients } from "../gradients/objective-gradients.ts";
import { maximumLikelihood } from "../objectives/maximum-likelihood.ts";
import { memoryCheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { train } from "./train.ts";

beforeAll(() => startBackend("webgpu"));

describe("train on WebGPU", () => {
  it("reports the losses that wasm does, resumes at the same bits, and leaks nothing", async () => {
    const run = async (steps: number[], reportEvery: number) => {
      const store = memoryCheckpointStore();
      const losses: number[] = [];
      for (const last of steps) {
        const flow = smallFlow({ couplings: 1 });
        const before = memory().numTensors;
        const options = {
          flow,
          data: twoGaussians(300, 11),
          batchSize: 64,
          optimizer: adam({ learningRate: 1e-2 }),
        };
        const events = train({
          ...options,
          steps: last,
          random: createRandom(5),
          reportEvery,
          checkpoint: { store },
          resume: "if-present",
        });
        for await (const event of events) if (event.kind === "step") losses.push(event.loss);
        expect(memory().numTensors).toBe(before);
        const bits = await bitsOf(flow);
        disposeFlow(flow);
        if (last === steps.at(-1)) return { losses, bits };
      }
      throw new Error("no steps");
    };
    const whole = await run([6], 1);
    const parts = await run([2, 6], 3);
    expect(parts.bits).toEqual(whole.bits);

    await startBackend("wasm");
    const reference = await run([6], 1);
    // Six steps of float32 sums in another order.
    whole.losses.forEach((loss, i) => expect(Math.abs(loss - reference.losses[i]!)).toBeLessThan(1e-3));
    await startBackend("webgpu");
  });

  it("has the same gradients in every backward pass", async () => {
    const { flow, batch: draw } = denseResNet({ blocks: 1 });
    const batch = draw(4);
    const variables = Object.values(flow.parameters);
    const call = { random: createRandom(3), training: true };
    const before = memory().numTensors;
    const of = async (backward: Backward) => {
      const { means, gradients } = await objectiveGradients({
        objective: maximumLikelihood(flow),
        variables,
        batch,
        call,
        backward,
      });
      const values = await Promise.all(gradients.map(async (gradient) => [...(await gradient.data())]));
      dispose([means, ...gradients]);
      return values.flat();
    };
    const whole = await of("whole");
    for (const backward of ["checkpointed", "reversible"] as const) {
      const other = await of(backward);
      const distance = Math.hypot(...whole.map((value, i) => value - other[i]!));
      expect(distance).toBeLessThan(1e-5 * Math.hypot(...whole));
    }
    expect(memory().numTensors).toBe(before);
    dispose(batch);
    disposeFlow(flow);
  });
});
