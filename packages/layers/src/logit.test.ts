import { createRandom, tensor, tidy, zeros } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { expectGolden, itMatchesGolden } from "../test-support/golden.ts";
import { logit } from "./logit.ts";

const context = { random: createRandom(1), training: false } as const;

/** The logit in float64, of the float32 number that the layer sees. */
function exactLogit(x: number, alpha: number): { y: number; logDet: number } {
  const [p, q] = [alpha + (1 - 2 * alpha) * x, alpha + (1 - 2 * alpha) * (1 - x)];
  return { y: Math.log(p) - Math.log(q), logDet: Math.log(1 - 2 * alpha) - Math.log(p) - Math.log(q) };
}

describe.each(["cpu", "wasm"] as const)("logit on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  itMatchesGolden("bits_per_dim", "uniform dequantisation", async ({ inputs, expected, tolerance }) => {
    const { y, logDet } = tidy(() => {
      const x = tensor(inputs["pixels"] as number[][][][])
        .add(tensor(inputs["u"] as number[][][][]))
        .div(256);
      return logit({ inputShape: x.shape.slice(1), alpha: inputs["alpha"] as number }).forwardAndLogDet(
        x,
        context,
      );
    });
    await expectGolden(y, expected["logit"], tolerance);
    await expectGolden(logDet, expected["logit_logdet"], tolerance);
  });

  // Every level of a byte, the float32 numbers next to 0 and 1, and the middle.
  const levels = Float32Array.from([
    ...Array.from({ length: 256 }, (_, k) => k / 255),
    ...Array.from({ length: 256 }, (_, k) => (k + 0.5) / 256),
    2 ** -24,
    1 - 2 ** -24,
    1e-20,
    1e-7,
    0.5 + 2 ** -24,
  ]);

  it.each([1e-6, 1e-3, 0.05])("agrees with float64 over all of [0, 1] for alpha %f", async (alpha) => {
    const layer = logit({ inputShape: [1], alpha });
    const x = tensor(levels, [levels.length, 1]);
    const { y, logDet } = layer.forwardAndLogDet(x, context);
    const [values, logDets] = [await y.data(), await logDet.data()];
    levels.forEach((level, i) => {
      const exact = exactLogit(level, alpha);
      expect(Math.abs(values[i]! - exact.y)).toBeLessThan(2e-6 + 3e-7 * Math.abs(exact.y));
      expect(Math.abs(logDets[i]! - exact.logDet)).toBeLessThan(2e-6 + 3e-7 * Math.abs(exact.logDet));
    });
    const back = layer.inverseAndLogDet(y, context);
    const returned = await back.x.data();
    levels.forEach((level, i) => expect(Math.abs(returned[i]! - level)).toBeLessThan(2e-7));
    const sums = await logDet.add(back.logDet).data();
    // Near 1 the value of y decides p only to 1e-7 / alpha, relative; the log-det of the inverse moves with it.
    sums.forEach((sum) => expect(Math.abs(sum)).toBeLessThan(5e-6));
  });

  it.each([1e-3, 0.05, 0.3])("brings any latent back near [0, 1], for alpha %f", async (alpha) => {
    const layer = logit({ inputShape: [1], alpha });
    const { x, logDet } = layer.inverseAndLogDet(tensor([[-200], [-30], [30], [200]]), context);
    const outside = (1 + 1e-6) * (alpha / (1 - 2 * alpha));
    for (const value of await x.data()) expect(Math.abs(value - 0.5) - 0.5).toBeLessThan(outside + 1e-7);
    const expected = [-200, -30, -30, -200].map((y) => y - Math.log(1 - 2 * alpha));
    [...(await logDet.data())].forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 3));
  });

  it("takes an empty batch", () => {
    const layer = logit({ inputShape: [2, 2, 1], alpha: 1e-3 });
    const { y, logDet } = layer.forwardAndLogDet(zeros([0, 2, 2, 1]), context);
    expect([y.shape, logDet.shape]).toEqual([[0, 2, 2, 1], [0]]);
    expect(layer.inverseAndLogDet(y, context).logDet.shape).toEqual([0]);
  });

  it("refuses alpha outside [0, 0.5)", () => {
    for (const alpha of [-1e-9, 0.5, NaN])
      expect(() => logit({ inputShape: [1], alpha })).toThrow(
        `logit.alpha: expected a number in [0, 0.5), received ${alpha}`,
      );
  });
});
