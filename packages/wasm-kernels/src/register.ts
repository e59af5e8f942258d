import { registerConcatKernels } from "./kernels/concat-kernels.ts";
import * as tf from "@tensorflow/tfjs";
import { registerConvolutionKernels } from "./kernels/convolution-kernels.ts";
import { registerIndexingKernels } from "./kernels/indexing-kernels.ts";
import { registerMatrixKernels } from "./kernels/matrix-kernels.ts";
import { registerPointwiseKernels } from "./kernels/pointwise-kernels.ts";
import { registerShareKernels } from "./kernels/share-kernels.ts";
import { registerSliceKernels } from "./kernels/slice-kernels.ts";

const marker = "InvertibleWasmTrainingKernels";

/**
 * Teaches TensorFlow.js's wasm backend, which is imported before but need not have started, what training needs:
 *
 * - kernels it lacks: Conv2DBackpropFilter and UnsortedSegmentSum, without which neither `tf.conv2d` nor `tf.gather` can be
 *   differentiated there;
 * - faster ones in front of its own: Conv2DBackpropInput (strides 1 and 2), BatchMatMul (transposed factors), Sum (over leading axes), Slice, Concat,
 *   SplitV; Identity and Cast without copies;
 * - kernels for the operations of `@invertible/ops`, known by their names in the registry; nothing else calls these.
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
