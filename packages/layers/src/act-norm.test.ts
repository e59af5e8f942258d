import { initialise } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { ArgumentError, NonFiniteError } from "@invertible/errors";
import { createRandom, dispose, memory, tensor, tidy, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { actNorm } from "./act-norm.ts";
import { expectGolden, itMatchesGolden } from "../test-support/golden.ts";

const random = createRandom(11);
const context = { random, training: false } as const;
const start = { ...context } as const;

function assign(layer: Bijection, logScale: number[], shift: number[]): void {
  tidy(() => {
    layer.parameters["logScale"]!.assign(tensor(logScale));
    layer.parameters["shift"]!.assign(tensor(shift));
  });
}

async function momentsOf(y: Tensor, channels: number) {
  const values = await y.data();
  return Array.from({ length: channels }, (_, c) => {
    const own = [...values].filter((_, i) => i % channels === c);
    const mean = own.reduce((a, b) => a + b, 0) / own.length;
    return { mean, variance: own.reduce((a, b) => a + (b - mean) ** 2, 0) / (own.length - 1) };
  });
}

async function rejection(call: () => Promise<unknown>): Promise<Error> {
  return call().then(
    () => expect.unreachable("expected a rejection"),
    (error: unknown) => error as Error,
  );
}

describe("actNorm", () => {
  beforeAll(() => startBackend("wasm"));

  itMatchesGolden(
    "glow_pieces",
    "actnorm data-dependent init, rosinality convention",
    async ({ inputs, expected, tolerance }) => {
      const x = tensor(inputs["x"] as number[][][][]);
      const layer = actNorm({ inputShape: x.shape.slice(1) });
      const [scale, loc] = [expected["scale"] as number[], expected["loc"] as number[]];
      assign(
        layer,
        scale.map(Math.log),
        scale.map((s, c) => s * loc[c]!),
      );
      const { y, logDet } = layer.forwardAndLogDet(x, context);
      // The start of that implementation differs by the 1e-6 that it adds to the deviation.
      const started = actNorm({ inputShape: x.shape.slice(1) });
      await initialise(started, x, start);
      await expectGolden(started.forward(x, start), expected["y"], tolerance);
      await expectGolden(y, expected["y"], tolerance);
      await expectGolden(
        logDet,
        Array.from({ length: x.shape[0]! }, () => expected["logdet"]),
        tolerance,
      );
    },
  );

  // This start follows our own convention: unbiased variance with a floor.
  itMatchesGolden(
    "glow_pieces",
    "actnorm 1d init, residual-flows convention",
    async ({ inputs, expected, tolerance }) => {
      const x = tensor(inputs["x"] as number[][]);
      const layer = actNorm({ inputShape: [x.shape[1]!], varianceFloor: 0.2 });
      await initialise(layer, x, start);
      const { y, logDet } = layer.forwardAndLogDet(x, context);
      const [bias, weight] = [expected["bias"] as number[], expected["weight"] as number[]];
      await expectGolden(layer.parameters["logScale"]!, weight, tolerance);
      await expectGolden(
        layer.parameters["shift"]!,
        weight.map((w, c) => bias[c]! * Math.exp(w)),
        tolerance,
      );
      await expectGolden(y, expected["y"], tolerance);
      await expectGolden(logDet, expected["logdet_per_sample"], tolerance);
    },
  );

  it.each([[[3]], [[4, 2, 3]]])(
    "starts with mean 0 and variance 1 on %j, also far from zero",
    async (inputShape) => {
      const layer = actNorm({ inputShape });
      const x = tidy(() =>
        random
          .normal([64, ...inputShape])
          .mul([0.01, 1, 300])
          .add([100, -2, 1e5]),
      );
      const before = memory().numTensors;
      await initialise(layer, x, start);
      expect(memory().numTensors).toBe(before);
      expect([...(await layer.state["initialised"]!.data())]).toEqual([1]);
      const y = layer.forward(x, start);
      for (const [channel, { mean, variance }] of (await momentsOf(y, 3)).entries()) {
        // |mean| / spread is 1e4, 2 and 333. It is multiplied by the relative error of exp(logScale) in float32, half a step of
        // logScale: 2.4e-7 for 1 / 0.01, and 2e-7 for 1 / 300.
        const tolerance = [5e-3, 1e-5, 1e-4][channel]!;
        expect(Math.abs(mean)).toBeLessThan(tolerance);
        expect(Math.abs(variance - 1)).toBeLessThan(tolerance);
      }
      dispose([x, y]);
    },
  );

  it("counts every position of an image in the log-det", async () => {
    const layer = actNorm({ inputShape: [4, 5, 2] });
    assign(layer, [0.5, -0.2], [0, 0]);
    const x = random.normal([2, 4, 5, 2]);
    const { logDet } = layer.forwardAndLogDet(x, context);
    for (const value of await logDet.data()) expect(value).toBeCloseTo(4 * 5 * 0.3, 5);
  });

  it("does not start from an empty batch", async () => {
    const layer = actNorm({ inputShape: [2] });
    await expect(initialise(layer, zeros([0, 2]), start)).rejects.toThrow(
      "actNorm.initialise x: expected at least one example, received 0",
    );
  });

  it("starts only once", async () => {
    const layer = actNorm({ inputShape: [2] });
    await initialise(
      layer,
      tensor([
        [0, 1],
        [2, 3],
      ]),
      start,
    );
    const first = [...(await layer.parameters["shift"]!.data())];
    await initialise(
      layer,
      tensor([
        [5, 1],
        [7, 30],
      ]),
      start,
    );
    expect([...(await layer.parameters["shift"]!.data())]).toEqual(first);
  });

  it.each([
    [
      "constant",
      [
        [1, 7],
        [2, 7],
        [3, 7],
      ],
    ],
    [
      "constant up to rounding",
      [
        [1, 7],
        [2, 7.0000005],
        [3, 7],
      ],
    ],
    ["a single example", [[1, 7]]],
  ])("names a channel that does not vary: %s", async (what, values) => {
    const layer = actNorm({ inputShape: [2] });
    const error = await rejection(() =>
      initialise(layer, tensor(values), { ...start, trace: { path: "3.0" } }),
    );
    expect(ArgumentError.is(error)).toBe(true);
    expect(error.message).toContain(
      `actNorm (3.0).initialise x, channel ${what === "a single example" ? 0 : 1}: expected`,
    );
    // Nothing was changed: the layer is still the identity.
    expect([...(await layer.parameters["logScale"]!.data())]).toEqual([0, 0]);
    expect([...(await layer.state["initialised"]!.data())]).toEqual([0]);
  });

  it("names a channel that is not finite", async () => {
    const layer = actNorm({ inputShape: [2] });
    const error = await rejection(() =>
      initialise(
        layer,
        tensor([
          [1, 2],
          [2, NaN],
        ]),
        start,
      ),
    );
    expect(NonFiniteError.is(error)).toBe(true);
    expect(error.message).toBe(
      "actNorm.initialise x: expected finite values, received NaN as the mean of channel 1",
    );
  });

  it("refuses options out of range", () => {
    expect(() => actNorm({ inputShape: [] })).toThrow("actNorm.inputShape: expected at least one axis");
    expect(() => actNorm({ inputShape: [2], varianceFloor: -1 })).toThrow(
      "actNorm.varianceFloor: expected a number >= 0",
    );
    expect(() => actNorm({ inputShape: [2.5] })).toThrow(
      "actNorm.inputShape: expected a shape of positive integers",
    );
  });
});
