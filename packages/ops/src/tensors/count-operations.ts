import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "./size-of.ts";

/** What a computation consists of. */
export interface OperationCount {
  /** Floating-point operations of matrix products: 2 m n k for each product of [m, k] with [k, n]. */
  readonly matrixProducts: number;
  /**
   * Floating-point operations of convolutions and of their gradients: 2 for each number of the result and each number of the
   * kernel that it meets. Zeros of the padding count as numbers of the image.
   */
  readonly convolutions: number;
  /** How many numbers all other kernels wrote, such as elementwise functions, sums and copies. */
  readonly otherNumbers: number;
  /** How many kernels were called. A kernel that is composed of others counts as those. */
  readonly kernelCalls: number;
}

type Shapes = Readonly<Record<string, { readonly shape: readonly number[] } | undefined>>;
type Rule = (
  inputs: Shapes,
  attributes: Readonly<Record<string, unknown>>,
  result: readonly number[],
) => number;
/** The part of the engine of TensorFlow.js through which every operation and every gradient calls its kernels. */
interface Kernels {
  runKernel(name: string, inputs: Shapes, attributes?: Readonly<Record<string, unknown>>): Result;
}
type Result = { readonly shape: readonly number[] } | readonly { readonly shape: readonly number[] }[];

/** The product of everything but the batch and the channels, for images [B, H, W, C]. */
const pixels = (shape: readonly number[]) => shape[0]! * shape[1]! * shape[2]!;
const shapeOf = (inputs: Shapes, name: string) => inputs[name]!.shape;

const matrixProduct: Rule = (inputs, { transposeA }, result) => {
  const a = shapeOf(inputs, "a");
  return 2 * sizeOf(result) * a.at(transposeA === true ? -2 : -1)!;
};
/** A convolution or its adjoint takes as many operations as the forward map, whose results are `outputs`. */
const convolution = (outputs: readonly number[], kernel: readonly number[]) =>
  2 * pixels(outputs) * sizeOf(kernel);

/** Each power iteration multiplies by the matrix and by its transpose. */
const powerIteration: Rule = (inputs, { iterations }) =>
  4 * (iterations as number) * sizeOf(shapeOf(inputs, "weight"));

const matrixProducts: Readonly<Record<string, Rule>> = {
  BatchMatMul: matrixProduct,
  _FusedMatMul: matrixProduct,
  InvertibleSingularVectors: powerIteration,
};
const convolutions: Readonly<Record<string, Rule>> = {
  InvertibleConvolve: (inputs, _, result) => convolution(result, shapeOf(inputs, "kernel")),
  InvertibleConvolveAdjoint: (inputs) => convolution(shapeOf(inputs, "y"), shapeOf(inputs, "kernel")),
  InvertibleConvolveKernelGradient: (inputs, _, result) => convolution(shapeOf(inputs, "y"), result),
  InvertibleConvolveDepthwise: (inputs, _, result) => convolution(result, shapeOf(inputs, "kernel")),
  InvertibleConvolveDepthwiseAdjoint: (inputs) =>
    convolution(shapeOf(inputs, "y"), shapeOf(inputs, "kernel")),
  InvertibleConvolveDepthwiseKernelGradient: (inputs, _, result) => convolution(shapeOf(inputs, "y"), result),
  Conv2D: (inputs, _, result) => convolution(result, shapeOf(inputs, "filter")),
  FusedConv2D: (inputs, _, result) => convolution(result, shapeOf(inputs, "filter")),
  Conv2DBackpropInput: (inputs) => convolution(shapeOf(inputs, "dy"), shapeOf(inputs, "filter")),
  Conv2DBackpropFilter: (inputs, _, result) => convolution(shapeOf(inputs, "dy"), result),
  DepthwiseConv2dNative: (inputs, _, result) => convolution(result, shapeOf(inputs, "filter")),
};

/** Kernels that only rename what is there. */
const free = new Set(["Reshape", "Identity", "Cast", "ExpandDims", "Squeeze"]);

/**
 * Counts the operations of `run`, and returns its result. Gradients count where `run` computes them. Operations of different
 * backends are the same, because a convolution counts as a convolution however a backend computes it.
 *
 * This is a diagnostic. It hooks into TensorFlow.js while `run` runs, and counts everything else that is computed in that time.
 *
 * @throws what `run` throws.
 */
export async function countOperations<T>(
  run: () => T | Promise<T>,
): Promise<{ result: T; operations: OperationCount }> {
  let [products, convolved, others, calls] = [0, 0, 0, 0];
  /** Whether a product is being computed: what it is made of does not count again. */
  let inside = false;
  const engine = tf.engine() as unknown as Kernels & { runKernel?: Kernels["runKernel"] };
  const before = Object.getOwnPropertyDescriptor(engine, "runKernel");
  const { runKernel } = engine;
  engine.runKernel = function (name, inputs, attributes = {}) {
    const product = inside ? undefined : (matrixProducts[name] ?? convolutions[name]);
    const callsBefore = calls;
    inside ||= product !== undefined;
    let result: Result;
    try {
      result = runKernel.call(this, name, inputs, attributes);
    } finally {
      inside &&= product === undefined;
    }
    const outputs = (Array.isArray(result) ? result : [result]) as readonly {
      readonly shape: readonly number[];
    }[];
    const isLeaf = calls === callsBefore && !free.has(name);
    if (isLeaf) calls++;
    if (product !== undefined) {
      const operations = product(inputs, attributes, outputs[0]!.shape);
      if (name in matrixProducts) products += operations;
      else convolved += operations;
    } else if (isLeaf && !inside) others += outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    return result;
  };
  try {
    const result = await run();
    const operations = {
      matrixProducts: products,
      convolutions: convolved,
      otherNumbers: others,
      kernelCalls: calls,
    };
    return { result, operations };
  } finally {
    if (before) Object.defineProperty(engine, "runKernel", before);
    else delete (engine as { runKernel?: unknown }).runKernel;
  }
}
