import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { bench, describe } from "vitest";
import { startBackend } from "./index.ts";
import { createRandom } from "../random/create-random.ts";
import * as ops from "../index.ts";

// The kernels of TensorFlow.js, taken before ours are registered in front of them.
const stock = (name: string) => tf.getKernel(name, "wasm");
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

describe("an activation and its slope at a million floats, with the gradient of both", () => {
  const x = random.fold("activation").normal([1_000_000]);
  for (const name of ["elu", "lipSwish"] as const) {
    const phi = ops.activation(name);
    const parameters = [x, ...Object.values(phi.parameters)];
    const bothAtOnce = () => {
      const { value, jvp } = phi.linearise(x);
      return tf.add(value, jvp(x));
    };
    const oneByOne = () => tf.add(phi.value(x), tf.mul(phi.derivative(x), x));
    for (const [way, f] of [
      ["at once", bothAtOnce],
      ["one by one", oneByOne],
    ] as const)
      bench(`${name}, ${way}`, () => tf.tidy(() => void ops.gradients(() => f(), parameters)));
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
