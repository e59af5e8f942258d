import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { lipSwish, lipSwishDerivative } from "../activations/lip-swish.ts";
import { gradients } from "../derivatives/gradients.ts";
import {
  eluDerivative,
  sigmoidDerivative,
  swishDerivative,
  swishSecondDerivative,
} from "../functions/elementary.ts";
import { countOperations } from "../tensors/count-operations.ts";
import type { Tensor } from "../tensors/types.ts";
import { startBackend } from "./index.ts";

beforeAll(() => startBackend("webgpu"));

/** The derivative by x, whose last kernel is the product with dy. */
const slopeOf = (f: (x: Tensor) => Tensor) => (x: Tensor) => gradients((p) => f(p!), [x])[0]!;
const raw = () => tf.scalar(0.3);

const functions: [string, (x: Tensor) => Tensor][] = [
  ["sigmoidDerivative", sigmoidDerivative],
  ["eluDerivative", eluDerivative],
  ["its derivative", slopeOf(eluDerivative)],
  ["swishDerivative", swishDerivative],
  ["swishSecondDerivative", swishSecondDerivative],
  ["lipSwish", (x) => lipSwish(x, raw())],
  ["its slope", (x) => lipSwishDerivative(x, raw())],
  ["its gradient", slopeOf((x) => lipSwish(x, raw()))],
  ["its curvature", slopeOf((x) => lipSwishDerivative(x, raw()))],
];

describe("elementwise kernels on webgpu", () => {
  it.each(functions)("are as on cpu, from tiny to huge, and keep NaN: %s", async (_, f) => {
    const values = [-1e30, -200, -88, -30, -5, -1, -1e-6, 0, 1e-6, 0.5, 3, 20, 88, 200, 1e30, NaN];
    const on = async (backend: "cpu" | "webgpu") => {
      await startBackend(backend);
      const result = tf.tidy(() => f(tf.tensor1d(values)));
      return [...(await result.data().finally(() => result.dispose()))];
    };
    const [expected, got] = [await on("cpu"), await on("webgpu")];
    got.forEach((value, i) => {
      if (Number.isNaN(values[i])) return expect(value).toBeNaN();
      // WGSL's exp is good to 3 + 2 |x| units in the last place, and at 20 its effect is still visible.
      const error = Math.abs(value - expected[i]!) / Math.max(1e-6, Math.abs(expected[i]!));
      expect(error, `at ${values[i]}: ${value}, expected ${expected[i]}`).toBeLessThan(1e-5);
    });
  });

  it.each([
    ["eluDerivative", eluDerivative],
    ["swishDerivative", swishDerivative],
    ["swishSecondDerivative", swishSecondDerivative],
  ])("start one shader, also for the product: %s", async (_, f) => {
    const x = tf.tensor1d([-1, 2]);
    for (const run of [() => f(x), () => f.times(x, x)]) {
      const { result, operations } = await countOperations(run);
      expect(operations.kernelCalls).toBe(1);
      result.dispose();
    }
    x.dispose();
  });
});
