/** Models saved by an earlier version load, and give the numbers that it gave. */
import { readFileSync } from "node:fs";
import { disposeFlow, loadFlow } from "@invertible/flow";
import { createRandom, dispose, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { modelLayerTypes } from "./index.ts";

interface Expected {
  readonly shape: number[];
  readonly x: number[];
  /** Log-probabilities with the key `createRandom(41).fold("noise")`. */
  readonly logProb: number[];
  /** Two samples, with the key `createRandom(41).fold("sample")`. */
  readonly samples: number[];
}

const random = createRandom(41);
const folder = new URL("../../../fixtures/models/", import.meta.url);

describe.each(["cpu", "wasm"] as const)("a model saved by the first version, read on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it.each(["every-vector-layer", "image-glow", "image-i-resnet"])("loads as it was: %s", async (name) => {
    const file = readFileSync(new URL(`${name}.safetensors`, folder));
    const expected = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as Expected;
    const flow = await loadFlow(file, { layers: modelLayerTypes });
    const x = tensor(expected.x, expected.shape);
    const logProb = flow.logProb(x, { random: random.fold("noise") });
    const { x: samples } = await flow.sample(2, { random: random.fold("sample") });
    // Float32 on another backend: some 1e-5 of sums of 64 terms, and inverses to their own tolerance.
    (await logProb.data()).forEach((value, i) =>
      expect(Math.abs(value - expected.logProb[i]!)).toBeLessThan(
        2e-4 * (1 + Math.abs(expected.logProb[i]!)),
      ),
    );
    const integers = flow.traits.levels !== undefined;
    (await samples.data()).forEach((value, i) =>
      expect(Math.abs(value - expected.samples[i]!)).toBeLessThanOrEqual(
        integers ? 1 : 1e-3 * (1 + Math.abs(expected.samples[i]!)),
      ),
    );
    dispose([x, logProb, samples]);
    disposeFlow(flow);
  });
});
