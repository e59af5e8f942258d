import type { Flow } from "@invertible/flow";
import { createRandom, tensor } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { nice, vectorGlow, vectorIResNet, vectorRealNvp } from "./index.ts";
import { correlated, started } from "../test-support/models.ts";

beforeAll(async () => {
  await startBackend("wasm");
});

/** Sum of p over a square grid of [-reach, reach]^2, times the area of a cell. */
async function mass(flow: Flow, reach: number, cells: number): Promise<number> {
  const width = (2 * reach) / cells;
  const at = (i: number) => -reach + (i + 0.5) * width;
  let sum = 0;
  const rowsAtOnce = 50;
  for (let row = 0; row < cells; row += rowsAtOnce) {
    const points = Array.from({ length: rowsAtOnce * cells }, (_, i) => [
      at(i % cells),
      at(row + Math.floor(i / cells)),
    ]);
    const x = tensor(points);
    const logProb = flow.logProb(x, { random: createRandom(0), training: false });
    for (const v of await logProb.data()) sum += Math.exp(v) * width * width;
    x.dispose();
    logProb.dispose();
  }
  return sum;
}

describe("densities of randomly moved models integrate to one", () => {
  it.each<[string, (random: Random) => Flow]>([
    ["vectorGlow", (random) => vectorGlow({ features: 2, steps: 4, hidden: [16, 16], random })],
    [
      "vectorGlow, swish",
      (random) => vectorGlow({ features: 2, steps: 4, hidden: [16, 16], activation: "swish", random }),
    ],
    ["nice", (random) => nice({ inputShape: [2], hidden: [16, 16], random })],
    ["vectorRealNvp", (random) => vectorRealNvp({ features: 2, couplings: 4, hidden: [16], random })],
    ["vectorIResNet", (random) => vectorIResNet({ features: 2, blocks: 6, hidden: [16, 16], random })],
    [
      "vectorIResNet, elu, standard normal",
      (random) =>
        vectorIResNet({
          features: 2,
          blocks: 6,
          hidden: [16, 16],
          coefficient: 0.9,
          activation: "elu",
          base: "standardNormal",
          random,
        }),
    ],
  ])("%s", async (_, build) => {
    const random = createRandom(23);
    const flow = await started(build(random), correlated(random, 256), 0.15);
    const [total, inner] = [await mass(flow, 12, 400), await mass(flow, 1, 50)];
    expect(Math.abs(total - 1)).toBeLessThan(0.01);
    // The density is not concentrated in a point or constant: a part of the square holds a part of the mass.
    expect(inner).toBeGreaterThan(0.02);
    expect(inner).toBeLessThan(0.9);
  });
});
