import { chain, initialise, invert, factorOut, rebuild } from "@invertible/bijection";
import type { JsonObject } from "@invertible/errors";
import { createRandom, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { affine } from "./affine.ts";
import { logit } from "./logit.ts";
import { uniformDequantisation, uniformDequantisationType } from "./uniform-dequantisation.ts";

const random = createRandom(29);
const context = { random, training: false } as const;

describe.each(["cpu", "wasm"] as const)("uniformDequantisation on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it.each([2, 3, 49, 256, 1000, 65536])(
    "returns every integer of %i exactly, over many draws",
    async (bins) => {
      const size = Math.max(bins, 2 ** 18);
      const layer = uniformDequantisation({ inputShape: [size], bins });
      const x = tensor(
        Float32Array.from({ length: size }, (_, i) => i % bins),
        [1, size],
      );
      const expected = await x.data();
      for (let key = 0; key < (backend === "wasm" ? 8 : 1); key++) {
        const y = layer.forward(x, { ...context, random: random.fold(key) });
        const back = layer.inverse(y, { ...context });
        const [values, integers] = [await y.data(), await back.data()];
        expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
        expect(integers.every((value, i) => value === expected[i])).toBe(true);
        [y, back].forEach((t) => t.dispose());
      }
      x.dispose();
    },
  );

  it("draws noise that is uniform within a bin", async () => {
    const layer = uniformDequantisation({ inputShape: [20000] });
    const { y, logDet } = layer.forwardAndLogDet(
      tensor(new Float32Array(20000).fill(200), [1, 20000]),
      context,
    );
    const noise = Array.from(await y.data(), (value) => value * 256 - 200);
    const mean = noise.reduce((a, b) => a + b, 0) / noise.length;
    const variance = noise.reduce((a, b) => a + (b - mean) ** 2, 0) / noise.length;
    // Four standard errors.
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 20000));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / 20000));
    expect((await logDet.data())[0]!).toBeCloseTo(-20000 * Math.log(256), 0);
  });

  it("keeps noise away from the edges of the bin by the margin", async () => {
    const layer = uniformDequantisation({ inputShape: [20000], bins: 256, margin: 0.1 });
    const y = layer.forward(tensor(new Float32Array(20000).fill(200), [1, 20000]), context);
    const noise = Array.from(await y.data(), (value) => value * 256 - 200);
    // The spacing of float32 near 200 / 256 is 2^-16 of a bin.
    expect(Math.min(...noise)).toBeGreaterThanOrEqual(0.1 - 2 ** -16);
    expect(Math.min(...noise)).toBeLessThan(0.101);
    expect(Math.max(...noise)).toBeLessThanOrEqual(0.9 + 2 ** -16);
    expect(Math.max(...noise)).toBeGreaterThan(0.899);
  });

  it.each([0, 0.01, 0.25, 0.4])(
    "bounds the probability of an integer from below with a margin of %d, by exactly what the noise costs",
    async (margin) => {
      // y has the density 2 y on [0, 1], so that P(x) = (2 x + 1) / bins^2.
      const [bins, x, draws] = [4, 1, 20000];
      const layer = uniformDequantisation({ inputShape: [1], bins, margin });
      const { y, logDet } = layer.forwardAndLogDet(
        tensor(new Float32Array(draws).fill(x), [draws, 1]),
        context,
      );
      const [values, logDets] = [await y.data(), await logDet.data()];
      const bounds = Array.from(values, (value, i) => Math.log(2 * value) + logDets[i]!);
      const mean = bounds.reduce((a, b) => a + b) / draws;
      const variance = bounds.reduce((a, b) => a + (b - mean) ** 2, 0) / draws;
      // The mean of ln(2 (x + u) / bins) for u in [margin, 1 - margin], minus ln q(u), minus ln bins.
      const primitive = (t: number) => t * Math.log(t) - t;
      const width = 1 - 2 * margin;
      const expected =
        Math.log(2) -
        2 * Math.log(bins) +
        (primitive(x + 1 - margin) - primitive(x + margin)) / width +
        Math.log(width);
      expect(Math.abs(mean - expected)).toBeLessThan(4 * Math.sqrt(variance / draws) + 1e-6);
      expect(expected).toBeLessThan(Math.log((2 * x + 1) / bins ** 2));
    },
  );

  it("saves the margin, and reads descriptions that have none", () => {
    const rebuilt = (config: JsonObject) =>
      rebuild({ layer: "uniformDequantisation", config }, [uniformDequantisationType], random).config;
    const { config } = uniformDequantisation({ inputShape: [3], margin: 0.02 });
    expect(config).toEqual({ inputShape: [3], bins: 256, margin: 0.02 });
    expect(rebuilt(config)).toEqual(config);
    expect(rebuilt({ inputShape: [3], bins: 256 })).toEqual({ inputShape: [3], bins: 256 });
  });

  it.each([-0.1, 0.5, NaN, "0.1"])("refuses a margin of %j", (margin) => {
    expect(() => uniformDequantisation({ inputShape: [1], margin: margin as number })).toThrow(
      "uniformDequantisation.margin: expected a number in [0, 0.5), received",
    );
  });

  it("clips latents outside the range on the way back", async () => {
    const layer = uniformDequantisation({ inputShape: [4], bins: 8 });
    const x = layer.inverse(tensor([[-0.3, 0.99, 1, 1.7]]), context);
    expect([...(await x.data())]).toEqual([0, 7, 7, 7]);
  });

  it("makes a chain's likelihood a lower bound", () => {
    const inputShape = [3];
    expect(chain([affine({ inputShape }), logit({ inputShape, alpha: 0.1 })]).traits.likelihood).toBe(
      "exact",
    );
    expect(
      chain([uniformDequantisation({ inputShape }), logit({ inputShape, alpha: 0.1 })]).traits.likelihood,
    ).toBe("lower-bound");
  });

  it("states how many levels it takes, but only at the head of a chain", () => {
    const inputShape = [3];
    const pixels = uniformDequantisation({ inputShape, bins: 32 });
    expect(pixels.traits.levels).toBe(32);
    expect(chain([pixels, logit({ inputShape, alpha: 0.1 })]).traits.levels).toBe(32);
    expect(chain([affine({ inputShape }), pixels]).traits.levels).toBeUndefined();
    expect(invert(pixels).traits.levels).toBeUndefined();
    expect(factorOut({ inputShape: [6], leaving: "first", inner: pixels }).traits.levels).toBeUndefined();
  });

  it.each([0.5, -1, 32, 1e9, NaN, Infinity])(
    "refuses to start from %d, even inside a chain",
    async (value) => {
      const inputShape = [3];
      const pixels = uniformDequantisation({ inputShape, bins: 32 });
      const whole = tensor([0, 1, 2, 31, 30, 29], [2, 3]);
      const wrong = tensor([0, 1, 2, 31, value, 29], [2, 3]);
      for (const [layer, place] of [
        [pixels, ""],
        [chain([pixels, logit({ inputShape, alpha: 0.1 })]), " (0)"],
      ] as const) {
        await expect(initialise(layer, whole, { ...context })).resolves.toBeUndefined();
        await expect(initialise(layer, wrong, { ...context })).rejects.toThrow(
          `uniformDequantisation${place}.initialise x: expected integers in [0, 32), as the model dequantises 32 levels, ` +
            `received ${value} in example 1 (element 1); pass pixels as whole numbers, not scaled to [0, 1]`,
        );
      }
    },
  );

  it("refuses bins outside 2..65536", () => {
    for (const bins of [0, 1, 2.5, 65537])
      expect(() => uniformDequantisation({ inputShape: [1], bins })).toThrow(
        `uniformDequantisation.bins: expected`,
      );
  });
});
