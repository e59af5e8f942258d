import { oneHot } from "@invertible/classifier";
import { disposeModel } from "@invertible/flow";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { minimumCrossEntropy, sgd, train } from "@invertible/trainer";
import { beforeAll, describe, expect, it } from "vitest";
import { classifierOf } from "../../job/built-model.ts";
import { revNets } from "./rev-nets.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(6);
const shape = [8, 8, 1];
const labels = random.fold("labels").integers(24, 0, 3);
const data = {
  values: Uint8Array.from(random.fold("pixels").integers(24 * 64, 0, 256)),
  shape,
  count: 24,
  target: oneHot(labels, 3),
};

describe.each(revNets.map((entry) => [entry.name, entry] as const))("%s", (_, entry) => {
  it("is trained to the same weights by every backward pass", async () => {
    const trained = async (backward: "whole" | "checkpointed" | "reversible") => {
      const classifier = classifierOf(
        await entry.build({
          ...{ kind: "image", shape, classes: 3, size: { name: "small", parameters: 12_000 }, random },
        }),
      );
      for await (const _ of train({
        ...{ objective: minimumCrossEntropy(classifier), data, batchSize: 8, steps: 4, backward },
        ...{ optimizer: sgd({ learningRate: 0.05 }), random, reportEvery: 4 },
      }));
      const weights = await Promise.all(
        Object.values(classifier.parameters).map(async (each) => [...(await each.data())]),
      );
      disposeModel(classifier);
      return weights.flat();
    };
    const whole = await trained("whole");
    for (const backward of ["checkpointed", "reversible"] as const) {
      const weights = await trained(backward);
      // Activations that are computed again differ by float32 rounding, which a few steps magnify.
      const apart = weights.map((weight, i) => Math.abs(weight - whole[i]!));
      expect([backward, Math.max(...apart) < 1e-3]).toEqual([backward, true]);
    }
  });
});
