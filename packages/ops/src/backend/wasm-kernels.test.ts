import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lipSwishTwins } from "../activations/lip-swish.ts";
import { anyBackend } from "../derivatives/define-op.ts";
import { eluTwins } from "../functions/elementary.ts";
import * as ops from "../index.ts";
import { createRandom } from "../random/create-random.ts";
import { startBackend } from "./start-backend.ts";

/** The kernels know these operations only by name. If one side changes a name alone, this test finds it. */
describe("operations without the native kernels, as on the multi-threaded backend", () => {
  let broughtNames: string[];
  beforeAll(async () => {
    await startBackend("wasm");
    // Names are collected before any operation is called, since operations too are registered on wasm later.
    broughtNames = tf.getKernelsForBackend("wasm").map(({ kernelName }) => kernelName);
  });

  const random = createRandom(11);
  let x: tf.Tensor, y: tf.Tensor, few: tf.Tensor, u: tf.Tensor, v: tf.Tensor, w: tf.Tensor;
  beforeAll(() => {
    x = random.fold(0).normal([2, 5, 6, 9]);
    y = random.fold(1).normal([2, 5, 6, 3]);
    few = random.fold(2).normal([3, 3, 9, 3]);
    v = random.fold(3).normal([203]);
    w = random.fold(4).normal([203]);
    u = random.fold(5).normal([203]);
    // The fallback of an operation is registered when it is first called, and third derivatives call all of them.
    type Function = (p: tf.Tensor, q: tf.Tensor) => tf.Tensor;
    const along =
      (f: Function): Function =>
      (p, q) =>
        tf.addN(ops.gradients((a, b) => f(a!, b!), [p, q]).map((g) => tf.sum(g)));
    const reversed = Array.from({ length: v.size }, (_, i) => v.size - 1 - i);
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
      ops.pila,
      (p: tf.Tensor) => ops.mul(p, ops.sum(ops.cPila(p))),
      (p: tf.Tensor) => ops.clipByValue(p, -1, 1),
      (p: tf.Tensor) => ops.permute(p, reversed),
      (p: tf.Tensor) => ops.gatherRows(p, reversed),
      (p: tf.Tensor) => ops.reshape(ops.scaleByExp(ops.reshape(p, [29, 7]), ops.slice(p, [0], [7])), [203]),
      (p: tf.Tensor) => ops.selectRows(ops.greater(p, 0), p, ops.neg(p)),
    ];
    const all: Function = (p, q) =>
      tf.addN([
        ...functions.map((f) => f(p)),
        ...lipSwishTwins(p, q),
        ...eluTwins(p),
        ...[ops.lipSwish(p, q), ops.lipSwishDerivative(p, q), ops.maximum(p, 0), ops.minimum(p, 0)],
      ]);
    tf.tidy(() => {
      ops.gradients((p, q) => along(along(all))(p!, q!), [v, tf.scalar(0.7)]);
      // Only with stride 2 is the kernel turned by an operation.
      for (const stride of [1, 2] as const)
        ops.gradients((p, k) => ops.conv2d(k!, { inputShape: [5, 6, 9], stride }).apply(p!), [x, few]);
      ops.gradients(
        (p, k) => ops.depthwiseConv2d(k!, { inputShape: [5, 6, 9] }).apply(p!),
        [x, tf.ones([3, 3, 9])],
      );
    });
  });
  afterAll(() => tf.dispose([x, y, few, u, v, w]));

  /** The results of a kernel, of which some have two. */
  type Results = tf.Tensor | tf.Tensor[];
  const composed = (name: string, inputs: tf.NamedTensorMap, attrs: object = {}) =>
    tf.tidy(() => {
      const { kernelFunc } = tf.getKernel(name, anyBackend);
      return [
        kernelFunc({ inputs, attrs: attrs as tf.NamedAttrMap, backend: tf.backend() }) as Results,
      ].flat();
    });
  const native = (name: string, inputs: tf.NamedTensorMap, attrs: object = {}) =>
    [tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as Results].flat();
  const compare = async (got: tf.Tensor[], want: tf.Tensor[], allowed: (value: number) => number) => {
    expect(got.map(({ shape }) => shape)).toEqual(want.map(({ shape }) => shape));
    for (const [i, tensor] of got.entries()) {
      const [ours, theirs] = [await tensor.data(), await want[i]!.data()];
      theirs.forEach((value, j) => expect(Math.abs(ours[j]! - value)).toBeLessThan(allowed(value)));
    }
    tf.dispose([got, want]);
  };

  it("have a composed form for every kernel", () => {
    // Those of @invertible/spectral-norm have a test there.
    const elsewhere = ["Normalise", "SoftCap", "SoftCapGradient", "SingularVectors"];
    const ours = broughtNames.filter(
      (name) =>
        name.startsWith("Invertible") &&
        !name.includes("Training") &&
        !elsewhere.includes(name.slice("Invertible".length)),
    );
    expect(ours.length).toBeGreaterThan(30);
    // Some are called only by the composed form of their product.
    for (const name of ours.filter((name) => name.endsWith("Times")))
      tf.tidy(() => composed(name, { dy: w, x: v, b: tf.scalar(0.7) }));
    expect(ours.filter((name) => !tf.getKernel(name, anyBackend))).toEqual([]);
  });

  it.each([
    ["ScaleByExp", 300, 7],
    ["ScaleByExpGradient", 300, 7],
    ["ScaleByExpGradient", 5, 2],
    ["ScaleByExp", 0, 3],
    ["ScaleByExpGradient", 0, 3],
  ])("%s gives the same numbers: %i rows of %i", async (name, rows, columns) => {
    const draw = (part: string, shape: number[]) => createRandom(1).fold(part).normal(shape);
    const [p, q, logScale] = [draw("p", [rows, columns]), draw("q", [rows, columns]), draw("s", [columns])];
    const inputs = { ...(name.endsWith("Gradient") && { dy: q }), x: p, logScale };
    const both = [native, composed].map((run) => run(`Invertible${name}`, inputs as never, { factor: -2 }));
    // A sum has 300 terms, and the largest scale is about e^4.
    await compare(both[0]!, both[1]!, (value) => 2e-5 * Math.max(50, Math.abs(value)));
    tf.dispose([p, q, logScale]);
  });

  it.each(["InvertibleConvolve", "InvertibleConvolveKernelGradient"])(
    "%s gives the same numbers",
    async (name) => {
      const inputs = name === "InvertibleConvolve" ? { x, kernel: few } : { x, y };
      const attributes = { stride: 1, inputShape: x.shape, kernelShape: few.shape };
      await compare(
        native(name, inputs as never, attributes),
        composed(name, inputs as never, attributes),
        () => 2e-5,
      );
    },
  );

  const product = (...names: string[]) => names.map((name) => `${name}Times`);
  it.each([
    ...product("Exp", "SigmoidDerivative", "TanhDerivative", "EluDerivative", "EluSecondDerivative"),
    ...product("SwishDerivative", "SwishSecondDerivative", "Cos", "Positive"),
    ...["LipSwish", "LipSwishSlope"],
    ...product("LipSwishSlope", "LipSwishByBeta", "LipSwishCurvature", "LipSwishSlopeByBeta"),
    ...["EluTwins", "EluTwinsByX", "LipSwishTwins", "LipSwishTwinsByX", "LipSwishTwinsByB"],
    ...["Maximum", "Minimum", "TurnKernel"],
    ...["Exp", "Expm1", "SigmoidDerivative", "Softplus", "Tanh", "TanhDerivative", "Elu", "EluDerivative"],
    ...["EluSecondDerivative", "SwishDerivative", "SwishSecondDerivative", "Relu", "Sin", "Cos"],
  ])("%s gives the same numbers", async (name) => {
    const kernelName = `Invertible${name}`;
    const scale = tf.scalar(0.7);
    const b = /^M/.test(name) ? w : scale;
    const inputs: tf.NamedTensorMap = { x: v, dy: w, ds: u, a: v, b, kernel: few };
    // The stock kernels' own error, of 2e-7 for sin and cos, times dy or x^2 of up to 10.
    await compare(
      native(kernelName, inputs),
      composed(kernelName, inputs),
      (value) => 2e-6 * Math.max(1, Math.abs(value)),
    );
    tf.dispose(scale);
  });
});
