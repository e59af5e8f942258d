import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { lipSwish, lipSwishDerivative, lipSwishTwins } from "../activations/lip-swish.ts";
import { gradients } from "../derivatives/gradients.ts";
import {
  eluDerivative,
  eluTwins,
  sigmoidDerivative,
  swishDerivative,
  swishSecondDerivative,
} from "../functions/elementary.ts";
import { scaleByExp } from "../functions/scale-by-exp.ts";
import { createRandom } from "../random/create-random.ts";
import { countOperations } from "../tensors/count-operations.ts";
import type { Tensor } from "../tensors/types.ts";
import { startBackend } from "./index.ts";

beforeAll(() => startBackend("webgpu"));

/** The derivative by x, whose last kernel is the product with dy. */
const slopeOf = (f: (x: Tensor) => Tensor) => (x: Tensor) => gradients((p) => f(p!), [x])[0]!;
const raw = () => tf.scalar(0.3);
const sumOf = ([value, slope]: [Tensor, Tensor]) => tf.add(value, slope);

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
  ["the gradient of both at once", slopeOf((x) => sumOf(lipSwishTwins(x, raw())))],
  ["the gradient of elu and its slope at once", slopeOf((x) => sumOf(eluTwins(x)))],
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

  // The kernels know these operations only by name. A kernel with another name would not be there before the operation is called.
  it.each(["EluTwinsByX", "LipSwishTwinsByX", "LipSwishTwinsByB"])("start one shader: %s", async (name) => {
    await startBackend("webgpu");
    const inputs = { dy: tf.ones([3]), ds: tf.ones([3]), x: tf.tensor1d([-1, 2, NaN]), b: tf.scalar(0.7) };
    const { result, operations } = await countOperations(
      () => tf.engine().runKernel(`Invertible${name}`, inputs) as Tensor,
    );
    expect(operations.kernelCalls).toBe(1);
    expect([...(await result.data())].map(Number.isNaN)).toEqual([false, false, true]);
    tf.dispose([result, ...Object.values(inputs)]);
  });

  it("reach the last number where workgroups lie along two axes", async () => {
    await startBackend("webgpu");
    const size = 128 * 65_535 + 3;
    const last = tf.tidy(() => tf.slice(eluDerivative(tf.fill([size], -1)), [size - 2], [2]));
    (await last.data()).forEach((value) => expect(value).toBeCloseTo(Math.exp(-1), 6));
    last.dispose();
  });

  it("scale channels as on cpu, with one shader for the value and one for each gradient", async () => {
    const random = createRandom(1);
    const on = async (backend: "cpu" | "webgpu") => {
      await startBackend(backend);
      const [x, s] = [random.fold("x").normal([3, 100, 5]), random.fold("s").normal([5])];
      const dy = random.fold("dy").normal(x.shape);
      const { result, operations } = await countOperations(() => [
        scaleByExp(x, s, 3),
        ...gradients((p, q) => scaleByExp(p!, q!, 3), [x, s], dy),
      ]);
      const values = await Promise.all(result.map((t) => t.data()));
      tf.dispose([x, s, dy, ...result]);
      return { values, calls: operations.kernelCalls };
    };
    const [expected, got] = [await on("cpu"), await on("webgpu")];
    // The value twice, because a gradient starts with it.
    expect(got.calls).toBe(4);
    // A sum has 300 terms, and the largest scale is e^5.
    got.values.forEach((values, i) =>
      values.forEach((value, j) => {
        const want = expected.values[i]![j]!;
        expect(Math.abs(value - want)).toBeLessThan(1e-5 * Math.max(100, Math.abs(want)));
      }),
    );
  });
});
