import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { address } from "../native/native.ts";
import type { KernelCall } from "../native/override-kernel.ts";
import { overrideKernel } from "../native/override-kernel.ts";

/**
 * Registers faster kernels for Concat and SplitV. Those of TensorFlow.js copy row by row through two views each, and SplitV
 * copies its whole input for every part. For the two halves of a few channels, this took more than a quarter of a training step
 * of Glow.
 */
export function registerConcatKernels(): void {
  overrideKernel("Concat", ({ inputs, attributes, backend, native }) => {
    // The inputs of this kernel are a list, whatever the type says.
    const parts = Object.values(inputs);
    const { dtype } = parts[0]!;
    if (!isNumeric(dtype) || parts.some((part) => part.dtype !== dtype)) return undefined;
    const axis = tf.util.parseAxisParam(attributes["axis"] as number, parts[0]!.shape)[0]!;
    const shape = tf.backend_util.computeOutShape(
      parts.map((part) => part.shape),
      axis,
    );
    const out: TensorInfo = backend.makeOutput(shape, dtype);
    const row = tf.util.sizeFromShape(shape.slice(axis));
    let start = 0;
    for (const part of parts) {
      const run = tf.util.sizeFromShape(part.shape.slice(axis));
      copyRuns({ backend, native }, { tensor: part, start: 0, row: run }, { tensor: out, start, row }, run);
      start += run;
    }
    return out;
  });

  overrideKernel("SplitV", ({ inputs, attributes, backend, native }) => {
    const x = inputs["x"]!;
    if (!isNumeric(x.dtype)) return undefined;
    const axis = tf.util.parseAxisParam(attributes["axis"] as number, x.shape)[0]!;
    const sizes = tf.backend_util.prepareSplitSize(
      x,
      attributes["numOrSizeSplits"] as number | number[],
      axis,
    );
    const outs = sizes.map((size) => backend.makeOutput(x.shape.with(axis, size), x.dtype));
    const row = tf.util.sizeFromShape(x.shape.slice(axis));
    let start = 0;
    for (const out of outs) {
      const run = tf.util.sizeFromShape(out.shape.slice(axis));
      copyRuns({ backend, native }, { tensor: x, start, row }, { tensor: out, start: 0, row: run }, run);
      start += run;
    }
    return outs;
  });
}

/** Numbers of a tensor from `start` on, taken from every `row` numbers. */
interface Runs {
  readonly tensor: TensorInfo;
  readonly start: number;
  readonly row: number;
}

/** Copies `run` numbers at a time from one tensor to another of the same type. */
function copyRuns(
  { backend, native }: Pick<KernelCall, "backend" | "native">,
  from: Runs,
  to: Runs,
  run: number,
): void {
  const count = run === 0 ? 0 : tf.util.sizeFromShape(to.tensor.shape) / to.row;
  if (from.tensor.dtype !== "bool") {
    native["copyRuns"]!(
      address(backend, from.tensor) + 4 * from.start,
      4 * from.row,
      address(backend, to.tensor) + 4 * to.start,
      4 * to.row,
      4 * run,
      count,
    );
    return;
  }
  const [source, target] = [from.tensor, to.tensor].map((x) => backend.typedArrayFromHeap(x));
  for (let i = 0; i < count; i++)
    for (let j = 0; j < run; j++)
      target![to.start + i * to.row + j] = source![from.start + i * from.row + j]!;
}

function isNumeric(dtype: string): boolean {
  return dtype === "float32" || dtype === "int32" || dtype === "bool";
}
