import { chain } from "@invertible/bijection";
import { createFlow, diagonalNormal, standardNormal } from "@invertible/flow";
import { affine, uniformDequantisation } from "@invertible/layers";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import type { ExampleSet } from "./example-set.ts";
import { adam, evaluate, measureReconstruction, train } from "../index.ts";

const random = createRandom(5);
const shape = [2, 2, 1];
/** Eight images of four pixels; one of them is replaced. */
const images = (replaced: number): ExampleSet => {
  const values = Float32Array.from({ length: 32 }, (_, i) => (i * 37) % 256);
  values[22] = replaced;
  return { values, shape, count: 8 };
};

describe("a model of pixels", () => {
  beforeAll(() => startBackend("cpu"));

  const bijection = chain([
    uniformDequantisation({ inputShape: shape }),
    affine({ inputShape: shape, shift: -0.5 }),
  ]);
  const flow = createFlow({ bijection, base: diagonalNormal({ shape }) });
  const uses: Record<string, (data: ExampleSet) => Promise<unknown>> = {
    train: (data) => train({ flow, data, batchSize: 4, steps: 1, optimizer: adam(), random }).next(),
    evaluate: (data) => evaluate({ flow, data, random }),
    measureReconstruction: (data) => measureReconstruction({ flow, data, random }),
  };

  it.each(Object.keys(uses))("refuses numbers that are no pixels: %s", async (where) => {
    await expect(uses[where]!(images(255))).resolves.toBeDefined();
    for (const value of [0.25, -1, 256, NaN])
      await expect(async () => uses[where]!(images(value))).rejects.toThrow(
        `${where}.data.values: expected integers in [0, 256), as the model dequantises 256 levels, ` +
          `received ${value} in example 5 (element 2); pass pixels as whole numbers, not scaled to [0, 1]`,
      );
  });

  it("takes bytes only below its number of levels", async () => {
    const narrow = createFlow({
      bijection: uniformDequantisation({ inputShape: shape, bins: 32 }),
      base: standardNormal({ shape }),
    });
    const bytes = { values: Uint8Array.from([0, 31, 5, 6]), shape, count: 1 };
    await expect(evaluate({ flow: narrow, data: bytes, random })).resolves.toBeDefined();
    bytes.values[3] = 32;
    await expect(evaluate({ flow: narrow, data: bytes, random })).rejects.toThrow("received 32 in example 0");
  });
});
