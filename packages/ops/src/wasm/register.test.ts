import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { createRandom } from "../random/create-random.ts";
import { anyBackend } from "../derivatives/define-op.ts";
import * as ops from "../index.ts";
import { registerWasmTrainingKernels } from "./index.ts";

type Shape = readonly number[];
type Operands = readonly tf.Tensor[];

/** The same numbers on both backends, the cpu backend being the oracle. */
async function agreesWithCpu(
  f: (...xs: Operands) => tf.Tensor,
  shapes: readonly Shape[],
  tolerance = 1e-5,
): Promise<void> {
  const values = shapes.map((shape, i) =>
    createRandom(7)
      .fold(i)
      .normalArray(tf.util.sizeFromShape([...shape])),
  );
  const results: { shape: number[]; values: Float32Array }[] = [];
  for (const name of ["cpu", "wasm"] as const) {
    await startBackend(name);
    const before = tf.memory().numTensors;
    const y = tf.tidy(() => f(...shapes.map((shape, i) => tf.tensor(values[i]!, [...shape]))));
    results.push({ shape: y.shape, values: (await y.data()) as Float32Array });
    y.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
  const [cpu, wasm] = results as [(typeof results)[0], (typeof results)[0]];
  expect(wasm.shape).toEqual(cpu.shape);
  const scale = cpu.values.reduce((largest, y) => Math.max(largest, Math.abs(y)), 1);
  cpu.values.forEach((y, i) => expect(Math.abs(wasm.values[i]! - y)).toBeLessThanOrEqual(tolerance * scale));
}

describe("wasm training kernels", () => {
  beforeAll(() => startBackend("wasm"));

  it("are registered once, however often they are asked for", () => {
    const kernel = tf.getKernel("BatchMatMul", "wasm");
    registerWasmTrainingKernels();
    expect(tf.getKernel("BatchMatMul", "wasm")).toBe(kernel);
  });

  it.each([
    [
      [5, 3],
      [5, 4],
    ],
    [
      [64, 4],
      [64, 8],
    ],
    [
      [130, 12],
      [130, 16],
    ],
    [
      [65, 7],
      [65, 9],
    ],
    [
      [1, 1],
      [1, 1],
    ],
    [
      [2, 66, 5],
      [2, 66, 8],
    ],
    [
      [2, 3, 9, 4],
      [2, 3, 9, 2],
    ],
  ])("BatchMatMul A^T B: %j x %j", (a, b) => agreesWithCpu((x, y) => tf.matMul(x!, y!, true, false), [a, b]));

  it("BatchMatMul with the right or both factors transposed, and broadcast batches", async () => {
    await agreesWithCpu(
      (x, y) => tf.matMul(x!, y!, false, true),
      [
        [5, 3],
        [4, 3],
      ],
    );
    await agreesWithCpu(
      (x, y) => tf.matMul(x!, y!, true, true),
      [
        [3, 5],
        [4, 3],
      ],
    );
    await agreesWithCpu(
      (x, y) => tf.matMul(x!, y!, true, false),
      [
        [3, 6, 5],
        [1, 6, 4],
      ],
    );
  });

  it.each([
    [[7, 5], [0]],
    [[300, 8], 0],
    [
      [3, 4, 5, 6],
      [0, 1, 2],
    ],
    [
      [3, 4, 5],
      [0, 1],
    ],
    [[2, 3, 130], [0]],
    [[4, 1], [0]],
    [[4, 5], [1]],
    [
      [4, 5],
      [0, 1],
    ],
    [
      [3, 4, 5],
      [0, 2],
    ],
  ] as [number[], number | number[]][])("Sum of %j over %j", async (shape, axis) => {
    await agreesWithCpu((x) => tf.sum(x!, axis), [shape]);
    await agreesWithCpu((x) => tf.sum(x!, axis, true), [shape]);
  });

  it.each(
    [
      [1, "same"],
      [1, "valid"],
      [1, 2],
      [2, "same"],
      [2, "valid"],
      [2, 1],
      [2, 2],
      [3, 1],
    ].flatMap(([stride, pad]) => [
      [stride, pad, [9, 9], [3, 3]],
      [stride, pad, [8, 11], [3, 3]],
      [stride, pad, [8, 9], [2, 2]],
    ]) as [number, "same" | "valid" | number, number[], number[]][],
  )(
    "tf.conv2d's gradients, stride %i, padding %s, image %j, kernel %j",
    async (stride, pad, image, kernel) => {
      const shapes = [
        [2, ...image, 3],
        [...kernel, 3, 4],
      ];
      const conv = (x: tf.Tensor, k: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, k as tf.Tensor4D, stride, pad);
      const square = (x: tf.Tensor, k: tf.Tensor) => tf.sum(tf.square(conv(x, k)));
      await agreesWithCpu((x, k) => tf.grad((p) => square(p, k!))(x!), shapes);
      await agreesWithCpu((x, k) => tf.grad((p) => square(x!, p))(k!), shapes);
    },
  );

  it("tf.gather's gradient", () =>
    agreesWithCpu(
      (x) => tf.grad((p) => tf.sum(tf.square(tf.gather(p, tf.tensor1d([2, 0, 2, 1], "int32"), 1))))(x!),
      [[3, 4]],
    ));

  describe("without native kernels, as on the multi-threaded backend", () => {
    const random = createRandom(11);
    let x: tf.Tensor, y: tf.Tensor, few: tf.Tensor, v: tf.Tensor, w: tf.Tensor;
    beforeAll(() => {
      x = random.fold(0).normal([2, 5, 6, 9]);
      y = random.fold(1).normal([2, 5, 6, 3]);
      few = random.fold(2).normal([3, 3, 9, 3]);
      v = random.fold(3).normal([203]);
      w = random.fold(4).normal([203]);
      // What an operation falls back to is registered when it is first called; third derivatives call them all.
      type Function = (p: tf.Tensor, q: tf.Tensor) => tf.Tensor;
      const along =
        (f: Function): Function =>
        (p, q) =>
          tf.addN(ops.gradients((a, b) => f(a!, b!), [p, q]).map((g) => tf.sum(g)));
      const functions = [
        ops.elu,
        ops.swish,
        ops.tanh,
        ops.sin,
        ops.softplus,
        ops.expm1,
        ops.relu,
        ops.exp,
        ops.eluDerivative,
        ops.swishDerivative,
        ops.cos,
      ];
      const all: Function = (p, q) =>
        tf.addN([
          ...functions.map((f) => f(p)),
          ...[ops.lipSwish(p, q), ops.lipSwishDerivative(p, q), ops.maximum(p, 0), ops.minimum(p, 0)],
        ]);
      tf.tidy(() => {
        ops.gradients((p, q) => along(along(all))(p!, q!), [v, tf.scalar(0.7)]);
        ops.gradients((p) => ops.conv2d(few, { inputShape: [5, 6, 9] }).apply(p!), [x]);
      });
    });
    afterAll(() => tf.dispose([x, y, few, v, w]));

    const composed = (name: string, inputs: tf.NamedTensorMap, attrs: object = {}) =>
      tf.tidy(
        () =>
          tf
            .getKernel(name, anyBackend)
            .kernelFunc({ inputs, attrs: attrs as tf.NamedAttrMap, backend: tf.backend() }) as tf.Tensor,
      );
    const native = (name: string, inputs: tf.NamedTensorMap, attrs: object = {}) =>
      tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as tf.Tensor;

    it.each(["InvertibleConvolve", "InvertibleConvolveKernelGradient"])(
      "%s gives the same numbers",
      async (name) => {
        ops
          .conv2d(few, { inputShape: [5, 6, 9] })
          .apply(x)
          .dispose(); // registers them
        ops
          .gradients((k) => ops.conv2d(k!, { inputShape: [5, 6, 9] }).apply(x), [few])
          .forEach((g) => g.dispose());
        const inputs = name === "InvertibleConvolve" ? { x, kernel: few } : { x, y };
        const attributes = { stride: 1, inputShape: x.shape, kernelShape: few.shape };
        const [a, b] = [
          native(name, inputs as never, attributes),
          composed(name, inputs as never, attributes),
        ];
        const [got, want] = [await a.data(), await b.data()];
        want.forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThan(2e-5));
        tf.dispose([a, b]);
      },
    );

    const product = (...names: string[]) => names.map((name) => `${name}Times`);
    it.each([
      ...product("Exp", "SigmoidDerivative", "TanhDerivative", "EluDerivative", "EluSecondDerivative"),
      ...product("SwishDerivative", "SwishSecondDerivative", "Cos", "Positive"),
      ...["LipSwish", "LipSwishSlope"],
      ...product("LipSwishSlope", "LipSwishByBeta", "LipSwishCurvature", "LipSwishSlopeByBeta"),
      ...["Maximum", "Minimum", "TurnKernel"],
      ...["Exp", "Expm1", "SigmoidDerivative", "Softplus", "Tanh", "TanhDerivative", "EluDerivative"],
      ...["EluSecondDerivative", "SwishDerivative", "SwishSecondDerivative", "Relu", "Sin", "Cos"],
    ])("%s gives the same numbers", async (name) => {
      const kernelName = `Invertible${name}`;
      const scale = tf.scalar(0.7);
      const inputs: tf.NamedTensorMap = { x: v, dy: w, a: v, b: /^M/.test(name) ? w : scale, kernel: few };
      const a = native(kernelName, inputs);
      const b = composed(kernelName, inputs);
      expect(a.shape).toEqual(b.shape);
      const [got, want] = [await a.data(), await b.data()];
      // The stock kernels' own error, of 2e-7 for sin and cos, times dy or x^2 of up to 10.
      want.forEach((value, i) =>
        expect(Math.abs(got[i]! - value)).toBeLessThan(2e-6 * Math.max(1, Math.abs(value))),
      );
      tf.dispose([a, b, scale]);
    });
  });
});
