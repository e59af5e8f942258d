import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { bench, describe } from "vitest";
import { startBackend } from "./backend/index.ts";
import { conv2d } from "./conv2d.ts";
import { createRandom } from "./create-random.ts";
import * as ops from "./index.ts";

// As TensorFlow.js has them, before ours are registered in front of them.
const stock = (name: string) => tf.getKernel(name, "wasm");
const stockInputGradient = stock("Conv2DBackpropInput");
const stockSum = stock("Sum");
const stockMatMul = stock("BatchMatMul");
await startBackend("wasm");

const random = createRandom(0);
const run = (kernel: tf.KernelConfig, inputs: object, attrs: object) => () => {
  const out = kernel.kernelFunc({
    inputs: inputs as tf.NamedTensorInfoMap,
    attrs: attrs as tf.NamedAttrMap,
    backend: tf.backend(),
  });
  tf.backend().disposeData((out as tf.TensorInfo).dataId);
};
const free = (f: () => tf.Tensor) => () => f().dispose();

/** [pixels on a side, inputs, outputs, kernel], as in the branches and the coupling networks of the image models. */
const shapes = [
  [28, 1, 64, 3],
  [28, 64, 64, 1],
  [28, 64, 1, 3],
  [14, 4, 64, 3],
  [14, 64, 64, 1],
  [14, 64, 4, 3],
  [7, 16, 64, 3],
  [7, 64, 64, 1],
  [7, 64, 16, 3],
  [14, 128, 128, 1],
] as const;

for (const [size, inputs, outputs, k] of shapes)
  describe(`convolution, batch 64, ${size} pixels on a side, ${inputs} -> ${outputs} channels, kernel ${k}`, () => {
    const x = random.fold("x").normal([64, size, size, inputs]) as tf.Tensor4D;
    const y = random.fold("y").normal([64, size, size, outputs]) as tf.Tensor4D;
    const kernel = random.fold("kernel").normal([k, k, inputs, outputs]) as tf.Tensor4D;
    const inputShape = [size, size, inputs];
    const operator = conv2d(kernel, { inputShape });
    const kernelGradient = () => ops.gradients((w) => conv2d(w!, { inputShape }).apply(x), [kernel], y)[0]!;
    kernelGradient().dispose(); // registers the operation that is called by its name below
    const attributes = { stride: 1, inputShape: x.shape, kernelShape: kernel.shape };

    bench(
      "forward",
      free(() => operator.apply(x)),
    );
    bench(
      "forward, stock",
      free(() => tf.conv2d(x, kernel, 1, "same")),
    );
    bench(
      "gradient in the images",
      free(() => operator.adjoint(y)),
    );
    bench(
      "gradient in the images, stock",
      run(
        stockInputGradient,
        { dy: y, filter: kernel },
        { strides: 1, pad: "same", dataFormat: "NHWC", inputShape: x.shape },
      ),
    );
    // TensorFlow.js has none on wasm; its cpu backend takes seconds.
    bench(
      "gradient in the kernel",
      free(() => tf.engine().runKernel("InvertibleConvolveKernelGradient", { x, y }, attributes)),
    );
  });

describe("a million floats", () => {
  const x = random.fold("pointwise").normal([1_000_000]);
  for (const [name, ours, theirs] of [
    ["exp", ops.exp, tf.exp],
    ["expm1", ops.expm1, tf.expm1],
    ["tanh", ops.tanh, tf.tanh],
    ["softplus", ops.softplus, tf.softplus],
    ["sin", ops.sin, tf.sin],
    ["elu", ops.elu, tf.elu],
    ["elu'", ops.eluDerivative, (t: tf.Tensor) => tf.exp(tf.minimum(t, 0))],
    ["swish", ops.swish, (t: tf.Tensor) => tf.mul(t, tf.sigmoid(t))],
    ["maximum with 0.1", (t: tf.Tensor) => ops.maximum(t, 0.1), (t: tf.Tensor) => tf.maximum(t, 0.1)],
  ] as const) {
    bench(
      name,
      free(() => tf.tidy(() => ours(x))),
    );
    bench(
      `${name}, stock`,
      free(() => tf.tidy(() => theirs(x))),
    );
  }
});

describe("gradient of a bias: [50176, 64] summed over rows", () => {
  const y = random.fold("rows").normal([50_176, 64]);
  bench(
    "ours",
    free(() => tf.sum(y, 0)),
  );
  bench("stock", run(stockSum, { x: y }, { axis: [0], keepDims: false }));
});

describe("gradient of a dense layer: A^T B, A and B [512, 64]", () => {
  const a = random.fold("a").normal([512, 64]);
  const b = random.fold("b").normal([512, 64]);
  bench(
    "ours",
    free(() => tf.matMul(a, b, true)),
  );
  bench("stock", run(stockMatMul, { a, b }, { transposeA: true, transposeB: false }));
});

describe("permute the last axis of [64, 14, 14, 64]", () => {
  const x = random.fold("permute").normal([64, 14, 14, 64]);
  const order = [...random.fold("order").permutation(64)];
  bench(
    "ours",
    free(() => ops.permute(x, order)),
  );
  bench(
    "tf.gather",
    free(() => tf.tidy(() => tf.gather(x, tf.tensor1d(order, "int32"), 3))),
  );
});
