import { registerConcatKernels } from "./concat-kernels.ts";
import * as tf from "@tensorflow/tfjs";
import { registerConvolutionKernels } from "./convolution-kernels.ts";
import { registerIndexingKernels } from "./indexing-kernels.ts";
import { registerMatrixKernels } from "./matrix-kernels.ts";
import { registerPointwiseKernels } from "./pointwise-kernels.ts";
import { registerShareKernels } from "./share-kernels.ts";
import { registerSliceKernels } from "./slice-kernels.ts";

const marker = "InvertibleWasmTrainingKernels";

/**
 * Teaches TensorFlow.js's wasm backend, whether it has started or not, what training needs:
 *
 * - kernels it lacks: Conv2DBackpropFilter and UnsortedSegmentSum, without which neither `tf.conv2d` nor `tf.gather` can be
 *   differentiated there;
 * - faster ones in front of its own: Conv2DBackpropInput (strides 1 and 2), BatchMatMul (transposed factors), Sum (over leading axes), Slice, Concat,
 *   SplitV; Identity and Cast without copies;
 * - kernels for this package's own operations.
 *
 * This changes the registry of TensorFlow.js for everybody who uses it on this page or in this process, hence the explicit
 * call. May be called again; does nothing then.
 */
export function registerWasmTrainingKernels(): void {
  // In the registry, not in a variable: another copy of this package must see it too.
  if (tf.getKernel(marker, "wasm")) return;
  tf.registerKernel({
    kernelName: marker,
    backendName: "wasm",
    kernelFunc: () => {
      throw new Error(`${marker} only marks that the kernels are registered`);
    },
  });
  registerPointwiseKernels();
  registerMatrixKernels();
  registerConvolutionKernels();
  registerIndexingKernels();
  registerSliceKernels();
  registerConcatKernels();
  registerShareKernels();
}
