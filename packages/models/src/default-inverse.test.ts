import { createRandom, dispose } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { vectorIResNet } from "./index.ts";
import { correlated, started } from "../test-support/models.ts";

const random = createRandom(17);

describe("a deep flow of strong blocks, as in the benchmark's quick preset", () => {
  beforeAll(() => startBackend("wasm"));

  it.each([0.98, 0.99, 0.995])(
    "samples and reconstructs with default options, c = %d",
    async (coefficient) => {
      const flow = vectorIResNet({
        features: 2,
        blocks: 24,
        hidden: [128],
        coefficient,
        activation: "sin",
        random,
      });
      const x = correlated(random.fold("data"), 200);
      // The weights are moved far enough for the caps to bind.
      await started(flow, x, 0.5);
      const samples = await flow.sample(200, { random });
      const back = await flow.reconstruct(x, { random });
      for (const { evidence } of [samples, back]) {
        expect(evidence).toHaveLength(24);
        for (const { converged, lipschitz } of evidence) {
          expect(converged).toBe(true);
          expect(lipschitz).toBeGreaterThan(coefficient ** 2 * 0.99);
        }
      }
      dispose([samples.x, back.x, x]);
    },
  );
});
