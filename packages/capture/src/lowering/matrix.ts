import { ints } from "../onnx/graph.ts";
import type { Lowering } from "./lowering.ts";
import { imageKernelGradient } from "./convolution.ts";
import type { Use } from "../trace/recording.ts";

/**
 * Matrix products. A product of one row for each pixel of images whose channels come first is a convolution of size 1, so that they
 * stay there.
 */
const batchMatMul: Lowering = (call, scope) => {
  const [a, b] = [call.input("a"), call.input("b")];
  const { transposeA, transposeB } = call.attributes as Record<string, boolean>;
  const { graph } = scope;
  const { output } = call;
  const images = scope.imagesOfRows(a);
  if (images && !transposeA && b.shape.length === 2) {
    // The kernel of ONNX is [outputs, inputs, height, width].
    const [inputs, outputs] = transposeB ? [b.shape[1]!, b.shape[0]!] : (b.shape as [number, number]);
    const matrix = transposeB
      ? scope.plain(b)
      : graph.add("Transpose", [scope.plain(b)], { perm: ints([1, 0]) });
    const kernel = graph.reshape(matrix, [outputs, inputs, 1, 1]);
    const shape = [...images.slice(0, 3), outputs];
    scope.place(output, graph.add("Conv", [scope.channelsFirst({ array: a.array, shape: images }), kernel]), {
      imageShape: shape,
    });
    return;
  }
  const imagesOfB = transposeA && !transposeB && images ? scope.imagesOfRows(b) : undefined;
  if (images && imagesOfB) {
    scope.place(
      output,
      imageKernelGradient(scope, { array: a.array, shape: images }, { array: b.array, shape: imagesOfB }),
    );
    return;
  }
  const factor = (use: Use, transposed = false) => ({
    name: scope.plain(use),
    rank: use.shape.length,
    transposed,
  });
  scope.place(output, graph.product(factor(a, transposeA), factor(b, transposeB)));
};

/** The kernels that multiply matrices. */
export const matrixLowerings: Readonly<Record<string, Lowering>> = { BatchMatMul: batchMatMul };
