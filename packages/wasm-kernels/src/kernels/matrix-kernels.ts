import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { address } from "../native/native.ts";
import type { KernelCall } from "../native/override-kernel.ts";
import { overrideKernel } from "../native/override-kernel.ts";
import { addUp, grainOf } from "../native/split.ts";
import type { SplitCall } from "../native/split.ts";
import { isWorthMultiplying, multiply, withPackedFactor } from "./matrix-product.ts";

/**
 * Registers faster kernels for matrix products and sums. BatchMatMul gets one for A B and A B^T, and one for A^T B, with A
 * [batch, rows, m] and B [batch, rows, n], which is the gradient of a matrix product in its right factor. The kernel of
 * TensorFlow.js leaves its fast path for any transposed factor.
 */
export function registerMatrixKernels(): void {
  overrideKernel("BatchMatMul", ({ inputs, attributes, ...call }) => {
    const { a, b } = inputs as { a: tf.Tensor; b: tf.Tensor };
    const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
    if (a.dtype !== "float32" || b.dtype !== "float32") return undefined;
    if (!transposeA) return product(a, b, transposeB, call);
    if (transposeB) return tf.tidy(() => tf.matMul(a, swapLastAxes(b), true, false));
    const [rows, m, n] = [a.shape[a.rank - 2]!, a.shape[a.rank - 1]!, b.shape[b.rank - 1]!];
    const batch = a.size / (rows * m);
    // Broadcasting along the batch is left to the kernel of TensorFlow.js.
    if (batch !== b.size / (rows * n)) return tf.tidy(() => tf.matMul(swapLastAxes(a), b));
    return transposedProduct(a, b, call);
  });

  /** Returns at once where there is nothing to transpose. The kernel of TensorFlow.js would divide by zero. */
  overrideKernel("Transpose", ({ inputs, attributes, backend }) => {
    const x = inputs["x"]!;
    if (x.size > 0) return undefined;
    return backend.makeOutput(
      (attributes["perm"] as number[]).map((axis) => x.shape[axis]!),
      x.dtype,
    );
  });

  // Sums over leading axes, as in the gradient of a bias, and means. The kernels of TensorFlow.js transpose first.
  overrideKernel("Sum", (call) => sumOfRows(call)?.out);
  overrideKernel("Mean", (call) => {
    // The mean of nothing is left to the kernel of TensorFlow.js.
    const sum = call.inputs["x"]!.size > 0 ? sumOfRows(call) : undefined;
    if (!sum) return undefined;
    const values = call.backend.typedArrayFromHeap(sum.out);
    for (let i = 0; i < values.length; i++) values[i]! /= sum.rows;
    return sum.out;
  });
}

/** The sum of a tensor over its leading axes and the number of its terms. Undefined for other axes and types. */
function sumOfRows({ inputs, attributes, backend, native }: KernelCall) {
  const x = inputs["x"]!;
  const { axis, keepDims } = attributes as { axis: number | number[]; keepDims: boolean };
  const axes = tf.util.parseAxisParam(axis, x.shape).sort((left, right) => left - right);
  const leading = axes.length > 0 && axes.length < x.rank && axes.every((a, i) => a === i);
  if (!leading || x.dtype !== "float32") return undefined;
  const kept = x.shape.slice(axes.length);
  const columns = tf.util.sizeFromShape(kept);
  if (columns === 1) return undefined;
  const out = backend.makeOutput(keepDims ? [...axes.map(() => 1), ...kept] : kept, "float32");
  const rows = tf.util.sizeFromShape(x.shape.slice(0, axes.length));
  native["sumRows"]!(address(backend, x), address(backend, out), rows, columns);
  return { out, rows };
}

/** Computes A B or, with `transposeB`, A B^T. Undefined for calls that are left to the kernel of TensorFlow.js. */
function product(a: tf.Tensor, b: tf.Tensor, transposeB: boolean, call: SplitCall): TensorInfo | undefined {
  const [rows, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape[b.rank - (transposeB ? 2 : 1)]!;
  const batch = tf.util.sizeFromShape(a.shape.slice(0, -2));
  if (!isWorthMultiplying({ rows, k, transposeB })) return undefined;
  // Broadcasting along the batch is left to the kernel of TensorFlow.js.
  if (batch !== tf.util.sizeFromShape(b.shape.slice(0, -2)))
    return transposeB ? tf.tidy(() => tf.matMul(a, swapLastAxes(b))) : undefined;
  const out = call.backend.makeOutput([...a.shape.slice(0, -1), n], "float32");
  const [from, by, to] = [a, b, out].map((tensor) => address(call.backend, tensor)) as [
    number,
    number,
    number,
  ];
  withPackedFactor(call, { k, n }, (packed) => {
    for (let i = 0; i < batch; i++) {
      const at = { a: from + 4 * i * rows * k, b: by + 4 * i * k * n, c: to + 4 * i * rows * n };
      multiply({ ...at, rows, k, n, transposeB }, packed, call);
    }
  });
  return out;
}

/** Computes A^T B. With threads, parts of the rows give partial sums, which are added in a fixed order. */
function transposedProduct(a: tf.Tensor, b: tf.Tensor, call: SplitCall): TensorInfo {
  const [rows, m, n] = [a.shape[a.rank - 2]!, a.shape[a.rank - 1]!, b.shape[b.rank - 1]!];
  const { backend, native } = call;
  const out = backend.makeOutput([...a.shape.slice(0, -2), m, n], "float32");
  const batch = a.size / (rows * m);
  for (let i = 0; i < batch; i++) {
    const from = address(backend, a) + 4 * i * rows * m;
    const and = address(backend, b) + 4 * i * rows * n;
    addUp(call, address(backend, out) + 4 * i * m * n, m * n, {
      kernel: "neighbourhoodProduct",
      units: rows,
      grain: grainOf(m * n),
      scratch: native["neighbourhoodProductScratch"]!(m, n),
      // There should be few columns on the side whose neighbourhoods are gathered. Here that side is the matrix itself.
      argumentsOf: ({ from: first, to, scratch }, sum) => {
        const count = to - first;
        const [p, q] = [from + 4 * first * m, and + 4 * first * n];
        return [p, q, sum, scratch, 1, count, 1, count, 1, m, n, 1, 1, 0, 0, 1, 0];
      },
    });
  }
  return out;
}

function swapLastAxes(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, i) => i);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}
