import * as tf from "@tensorflow/tfjs-core";

/**
 * How a backend computes the parts of a convolution for which there are several ways. They give the same numbers up to
 * rounding, so only speed decides.
 */
export interface ConvolutionStrategy {
  /**
   * How the matrix of neighbourhoods is made. "slices" copies the image once for each tap and joins the copies, which are
   * long runs of memory. "gather" takes all taps by their places in one kernel, because every kernel that is started costs time on a GPU.
   */
  readonly neighbourhoods: "slices" | "gather";
  /** Chooses how the adjoint in the images is computed for a kernel [kh, kw, inputs, outputs]. */
  adjoint(kernelShape: readonly number[], stride: number): AdjointWay;
}

/**
 * "stock" is the kernel of TensorFlow.js. "turned kernel" is the convolution with the kernel turned by 180 degrees, and for stride 2
 * four dense parts of it. "matrix product" is y K', for kernels of one pixel and stride 1.
 */
export type AdjointWay = "stock" | "turned kernel" | "matrix product";

/** The matrix products of TensorFlow.js on WebGPU fill tiles of 32 x 32. With fewer channels, most of a tile is empty. */
const webgpuTile = 32;

const portable: ConvolutionStrategy = { neighbourhoods: "slices", adjoint: () => "stock" };

const strategies: Readonly<Record<string, ConvolutionStrategy>> = {
  // The kernel of TensorFlow.js is a plain loop, up to 40 times as slow.
  wasm: { neighbourhoods: "slices", adjoint: () => "turned kernel" },
  webgpu: {
    neighbourhoods: "gather",
    // The kernel of TensorFlow.js reads the weights from global memory for every pair of pixels. Its convolution and its matrix
    // product share them in a workgroup.
    adjoint([height, width, inputs, outputs], stride) {
      if (stride !== 1 || inputs! < webgpuTile || outputs! < webgpuTile) return "stock";
      return height! * width! === 1 ? "matrix product" : "turned kernel";
    },
  },
};

/** The strategy of the current backend. */
export function convolutionStrategy(): ConvolutionStrategy {
  return strategies[tf.getBackend()] ?? portable;
}
