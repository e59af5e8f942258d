import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { overrideKernel } from "../native/override-kernel.ts";

type Numbers = Float32Array | Int32Array | Uint8Array;

/** With fewer numbers than this, a loop is faster than a call of `set`. */
const shortRun = 24;

/**
 * Registers faster kernels for Concat and SplitV. Those of TensorFlow.js copy row by row through two views each, and SplitV
 * copies its whole input for every part. For the two halves of a few channels, this took more than a quarter of a training step
 * of Glow.
 */
export function registerConcatKernels(): void {
  overrideKernel("Concat", ({ inputs, attributes, backend }) => {
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
    // These views are made after makeOutput, which may move the memory.
    const target = backend.typedArrayFromHeap(out);
    const row = tf.util.sizeFromShape(shape.slice(axis));
    let start = 0;
    for (const part of parts) {
      const run = tf.util.sizeFromShape(part.shape.slice(axis));
      copyRuns(backend.typedArrayFromHeap(part), 0, run, target, start, row, run);
      start += run;
    }
    return out;
  });

  overrideKernel("SplitV", ({ inputs, attributes, backend }) => {
    const x = inputs["x"]!;
    if (!isNumeric(x.dtype)) return undefined;
    const axis = tf.util.parseAxisParam(attributes["axis"] as number, x.shape)[0]!;
    const sizes = tf.backend_util.prepareSplitSize(
      x,
      attributes["numOrSizeSplits"] as number | number[],
      axis,
    );
    const outs = sizes.map((size) => backend.makeOutput(x.shape.with(axis, size), x.dtype));
    const source = backend.typedArrayFromHeap(x);
    const row = tf.util.sizeFromShape(x.shape.slice(axis));
    let start = 0;
    for (const out of outs) {
      const run = tf.util.sizeFromShape(out.shape.slice(axis));
      copyRuns(source, start, row, backend.typedArrayFromHeap(out), 0, run, run);
      start += run;
    }
    return outs;
  });
}

/** Copies `run` numbers at a time, from every `sourceRow` numbers of the source to every `targetRow` numbers of the target. */
function copyRuns(
  source: Numbers,
  from: number,
  sourceRow: number,
  target: Numbers,
  to: number,
  targetRow: number,
  run: number,
): void {
  if (run === 0) return;
  for (; from < source.length && to < target.length; from += sourceRow, to += targetRow) {
    if (run >= shortRun) target.set(source.subarray(from, from + run), to);
    else for (let i = 0; i < run; i++) target[to + i] = source[from + i]!;
  }
}

function isNumeric(dtype: string): boolean {
  return dtype === "float32" || dtype === "int32" || dtype === "bool";
}
