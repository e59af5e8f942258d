/**
 * A convolution, its gradient in the images and its gradient in the kernel: ours beside TensorFlow.js's own, on every backend that
 * starts here; and the matrix of neighbourhoods in both ways. WebGPU needs a driver, see vitest.webgpu.config.ts.
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { bench, describe } from "vitest";
import { startBackend } from "../backend/index.ts";
import { conv2d } from "./conv2d.ts";
import { createRandom } from "../random/create-random.ts";
import { depthwiseConv2d } from "./depthwise-conv2d.ts";
import { gradients } from "../derivatives/gradients.ts";
import { neighbourhoods } from "./neighbourhoods.ts";
import type { Tensor } from "../tensors/types.ts";

const names = [
  "Conv2DBackpropInput",
  "Conv2DBackpropFilter",
  "DepthwiseConv2dNativeBackpropInput",
  "DepthwiseConv2dNativeBackpropFilter",
];
const stockOf = (backend: string) => new Map(names.map((name) => [name, tf.getKernel(name, backend)]));
// The kernels of TensorFlow.js on wasm, taken before ours are registered in front of them.
const wasm = stockOf("wasm");

/** Number of images in a batch, such that the backend takes milliseconds. */
const batches = { cpu: 1, wasm: 64, webgpu: 2 };
/** [pixels on a side, inputs, outputs, kernel, stride]; outputs 0: depthwise. */
const shapes = [
  [28, 1, 64, 3, 1],
  [28, 64, 64, 1, 1],
  [28, 64, 1, 3, 1],
  [14, 64, 64, 3, 1],
  [7, 64, 16, 3, 1],
  [28, 1, 64, 3, 2],
  [28, 64, 64, 3, 2],
  [14, 64, 64, 1, 2],
  [7, 64, 64, 3, 2],
  [14, 64, 0, 3, 1],
  [14, 64, 0, 3, 2],
] as const;

interface Operands {
  readonly x: tf.Tensor4D;
  readonly y: tf.Tensor4D;
  readonly kernel: Tensor;
}

for (const backend of ["cpu", "wasm", "webgpu"] as const) {
  const started = await startBackend(backend).then(
    () => true,
    (error: Error) => {
      console.warn(`No times on ${backend}: ${error.message}`);
      return false;
    },
  );
  if (!started) continue;
  const stock = backend === "wasm" ? wasm : stockOf(backend);
  for (const shape of shapes) compare(backend, stock, shape);
}

function compare(
  backend: keyof typeof batches,
  stock: ReadonlyMap<string, tf.KernelConfig | undefined>,
  [size, inputs, outputs, k, stride]: (typeof shapes)[number],
): void {
  const depthwise = outputs === 0;
  const [out, batch] = [Math.ceil(size / stride), batches[backend]];
  const inputShape = [size, size, inputs];
  const operator = depthwise ? depthwiseConv2d : conv2d;
  const kernelShape = depthwise ? [k, k, inputs] : [k, k, inputs, outputs];
  const pad = Array.from({ length: 4 }, (_, axis) => (axis % 3 === 0 ? [0, 0] : [(k - 1) / 2, (k - 1) / 2]));

  let at: Operands;
  const random = createRandom(0);
  const setup = async () => {
    await startBackend(backend);
    at = {
      x: random.fold("x").normal([batch, ...inputShape]) as tf.Tensor4D,
      y: random.fold("y").normal([batch, out, out, depthwise ? inputs : outputs]) as tf.Tensor4D,
      kernel: random.fold("kernel").normal(kernelShape),
    };
  };
  const teardown = () => tf.dispose([at.x, at.y, at.kernel]);
  const measure = (name: string, run: (at: Operands) => Tensor) =>
    bench(
      name,
      async () => {
        const result = run(at);
        // Reading one number back ensures that the work is done on a GPU too.
        const first = tf.tidy(() => tf.slice(tf.reshape(result, [-1]), 0, 1));
        await first.data();
        tf.dispose([result, first]);
      },
      { setup, teardown, time: 150, iterations: 3, warmupTime: 50, warmupIterations: 1 },
    );
  /** Where TensorFlow.js has no such kernel on this backend, the bench is skipped under a name that says so. */
  const measureStock = (name: string, inputsOf: (at: Operands) => object, attributes: object) => {
    const kernel = stock.get(`${depthwise ? "DepthwiseConv2dNative" : "Conv2D"}${name}`);
    if (!kernel) return bench.skip(`stock: TensorFlow.js has none on ${backend}`, () => undefined);
    measure("stock", (operands) => {
      const attrs = { strides: stride, pad, dataFormat: "NHWC", dilations: 1, ...attributes };
      const result = kernel.kernelFunc({
        inputs: inputsOf(operands) as tf.NamedTensorInfoMap,
        attrs: attrs as unknown as tf.NamedAttrMap,
        backend: tf.backend(),
      });
      return tf.engine().makeTensorFromTensorInfo(result as tf.TensorInfo);
    });
  };
  const filter = ({ kernel }: Operands) => (depthwise ? tf.reshape(kernel, [k, k, inputs, 1]) : kernel);
  const title =
    `${backend}, batch ${batch}, ${size} pixels on a side, ` +
    `${depthwise ? `${inputs} channels depthwise` : `${inputs} -> ${outputs} channels`}, kernel ${k}, stride ${stride}`;

  describe(`forward: ${title}`, () => {
    measure("ours", ({ x, kernel }) => operator(kernel, { inputShape, stride }).apply(x));
    measure("stock", (operands) =>
      tf.tidy(() =>
        (depthwise ? tf.depthwiseConv2d : tf.conv2d)(
          operands.x,
          filter(operands) as tf.Tensor4D,
          stride,
          pad as [[0, 0], [number, number], [number, number], [0, 0]],
        ),
      ),
    );
  });
  describe(`gradient in the images: ${title}`, () => {
    measure("ours", ({ y, kernel }) => operator(kernel, { inputShape, stride }).adjoint(y));
    measureStock("BackpropInput", (operands) => ({ dy: operands.y, filter: filter(operands) }), {
      inputShape: [batch, ...inputShape],
    });
  });
  describe(`gradient in the kernel: ${title}`, () => {
    const name = `InvertibleConvolve${depthwise ? "Depthwise" : ""}KernelGradient`;
    measure("ours", ({ x, y, kernel }) => {
      // Registers the operation that is called by its name.
      if (!tf.getKernel(name, backend))
        tf.dispose(gradients((w) => operator(w!, { inputShape, stride }).apply(x), [kernel], y));
      const attributes = { stride, inputShape: x.shape, kernelShape: kernel.shape };
      return tf.engine().runKernel(name, { x, y }, attributes as unknown as tf.NamedAttrMap);
    });
    measureStock("BackpropFilter", ({ x, y }) => ({ x, dy: y }), {
      filterShape: depthwise ? [k, k, inputs, 1] : kernelShape,
    });
  });
  if (!depthwise && k * stride > 1)
    describe(`neighbourhoods: ${title}`, () => {
      const seen = { kernel: [k, k], grid: [out, out], stride, turned: false } as const;
      for (const way of ["slices", "gather"] as const)
        measure(way, ({ x }) => tf.tidy(() => neighbourhoods(x, seen, way)));
    });
}
