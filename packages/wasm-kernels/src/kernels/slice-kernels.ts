import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { overrideKernel } from "../native/override-kernel.ts";

/** With fewer numbers than this, a loop is faster than a call of `set`. */
const shortRun = 24;

/**
 * Registers a faster kernel for Slice. That of TensorFlow.js copies the whole input before it takes a part. So cutting a vector
 * into P pieces copies it P times, and taking each half of the channels copies all of them twice.
 */
export function registerSliceKernels(): void {
  overrideKernel("Slice", ({ inputs, attributes, backend }) => {
    const x = inputs["x"]!;
    if (x.dtype !== "float32" && x.dtype !== "int32" && x.dtype !== "bool") return undefined;
    const { begin, size } = attributes as { begin: number | number[]; size: number | number[] };
    const [from, shape] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
    const out: TensorInfo = backend.makeOutput(shape, x.dtype);
    // These views are made after makeOutput, which may move the memory.
    copyPart(backend.typedArrayFromHeap(x), x.shape, backend.typedArrayFromHeap(out), from, shape);
    return out;
  });
}

type Numbers = Float32Array | Int32Array | Uint8Array;

function copyPart(
  source: Numbers,
  sourceShape: readonly number[],
  out: Numbers,
  from: readonly number[],
  shape: readonly number[],
): void {
  if (out.length === 0) return;
  // The trailing axes that are taken whole, and the last axis that is cut, lie together in memory.
  let axis = shape.length - 1;
  let run = 1;
  while (axis >= 0 && shape[axis] === sourceShape[axis]) run *= shape[axis--]!;
  let stride = run;
  let start = 0;
  if (axis >= 0) {
    start = from[axis]! * run;
    run *= shape[axis]!;
    stride *= sourceShape[axis--]!;
  }
  // The axes before are traversed like an odometer over the rows, with the last of them fastest.
  const rows = shape.slice(0, axis + 1);
  const strides: number[] = [];
  for (let i = axis; i >= 0; i--) {
    strides[i] = stride;
    start += from[i]! * stride;
    stride *= sourceShape[i]!;
  }
  const at = rows.map(() => 0);
  for (let to = 0; to < out.length; to += run) {
    if (run >= shortRun) out.set(source.subarray(start, start + run), to);
    else for (let i = 0; i < run; i++) out[to + i] = source[start + i]!;
    for (let i = axis; i >= 0; i--) {
      start += strides[i]!;
      if (++at[i]! < rows[i]!) break;
      start -= rows[i]! * strides[i]!;
      at[i] = 0;
    }
  }
}
