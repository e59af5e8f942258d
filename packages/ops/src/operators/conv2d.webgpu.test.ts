import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { gradients } from "../derivatives/gradients.ts";
import { countOperations } from "../tensors/count-operations.ts";
import type { Tensor } from "../tensors/types.ts";
import { itEqualsLoops } from "../../test-support/convolution-loops.ts";
import { conv2d } from "./conv2d.ts";

describe("conv2d on webgpu", () => {
  beforeAll(() => startBackend("webgpu"));

  itEqualsLoops();

  // Zeros around the image, the neighbourhoods of all pixels, their product; and a transposition where the output has fewer
  // channels.
  it.each([
    [3, 2, 4, 1, 3],
    [3, 2, 4, 2, 3],
    [5, 4, 2, 1, 4],
    [1, 4, 2, 1, 1],
  ])(
    "starts few kernels for the gradient in a kernel of %i pixels on a side, %i to %i channels, stride %i",
    async (size, inputs, outputs, stride, kernels) => {
      const [x, kernel] = [tf.ones([2, 6, 6, inputs]), tf.ones([size, size, inputs, outputs])];
      const y = tf.ones([2, 6 / stride, 6 / stride, outputs]);
      const operator = (k: Tensor) => conv2d(k, { inputShape: [6, 6, inputs], stride: stride as 1 | 2 });
      const count = async (run: () => Tensor[]) => {
        const { result, operations } = await countOperations(run);
        tf.dispose(result);
        return operations.kernelCalls;
      };
      const both = await count(() => gradients((k) => operator(k!).apply(x), [kernel], y));
      expect(both - (await count(() => [operator(kernel).apply(x)]))).toBe(kernels);
      tf.dispose([x, kernel, y]);
    },
  );
});
