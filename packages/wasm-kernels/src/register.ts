import { registerByRowKernels } from "./kernels/by-row-kernels.ts";
import { registerConcatKernels } from "./kernels/concat-kernels.ts";
import * as tf from "@tensorflow/tfjs-core";
import { setThreads } from "./native/native.ts";
import { registerConvolutionKernels } from "./kernels/convolution-kernels.ts";
import { registerIndexingKernels } from "./kernels/indexing-kernels.ts";
import { registerMatrixKernels } from "./kernels/matrix-kernels.ts";
import { registerPointwiseKernels } from "./kernels/pointwise-kernels.ts";
import { registerScaleKernels } from "./kernels/scale-kernels.ts";
import { registerShareKernels } from "./kernels/share-kernels.ts";
import { registerSliceKernels } from "./kernels/slice-kernels.ts";
import { registerSpectralNormKernels } from "./kernels/spectral-norm-kernels.ts";

/** Options of `registerWasmTrainingKernels`. */
export interface WasmTrainingKernelsOptions {
  /**
   * On how many threads our kernels run, in pages with cross-origin isolation that load the multi-threaded build of the backend. By default there are
   * as many as the machine has processors, and never more than 16. Elsewhere there is one thread.
   */
  readonly threads?: number;
}

const marker = "InvertibleWasmTrainingKernels";

/**
 * Teaches the wasm backend of TensorFlow.js what training needs. The backend must have been imported before, but need not have
 * started. It registers:
 *
 * - kernels that the backend lacks: Conv2DBackpropFilter and UnsortedSegmentSum, without which neither `tf.conv2d` nor
 *   `tf.gather` can be differentiated;
 * - faster kernels in front of its own: Conv2DBackpropInput (strides 1 and 2), BatchMatMul, Sum and Mean (over leading
 *   axes), Add, Sub and Multiply (by a row), Slice, Concat and SplitV, as well as Identity and Cast without copies;
 * - kernels for the operations of `@invertible/ops` and `@invertible/spectral-norm`, under their own names, which nothing else
 *   calls.
 *
 * This changes the registry of TensorFlow.js for everyone who uses it on this page or in this process, which is why it is an
 * explicit call. Calling it again registers nothing. Another number of
 * threads then holds for a backend that starts later; without one, the last number stays.
 *
 * @throws Error for a number of threads that is not a whole number from 1 on.
 */
export function registerWasmTrainingKernels({ threads }: WasmTrainingKernelsOptions = {}): void {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw new Error(
      `registerWasmTrainingKernels: threads: expected a whole number from 1 on, received ${String(threads)}`,
    );
  if (threads !== undefined) setThreads(threads);
  // The marker is in the registry and not in a variable, because another copy of this package must see it too.
  if (tf.getKernel(marker, "wasm")) return;
  tf.registerKernel({
    kernelName: marker,
    backendName: "wasm",
    kernelFunc: () => {
      throw new Error(`${marker} only marks that the kernels are registered`);
    },
  });
  registerPointwiseKernels();
  registerByRowKernels();
  registerScaleKernels();
  registerMatrixKernels();
  registerConvolutionKernels();
  registerIndexingKernels();
  registerSliceKernels();
  registerConcatKernels();
  registerShareKernels();
  registerSpectralNormKernels();
}
