import * as tf from "@tensorflow/tfjs";
import { address } from "./native.ts";
import { overrideKernel } from "./override-kernel.ts";

export function registerIndexingKernels(): void {
  overrideKernel("InvertiblePermute", ({ inputs, attributes, backend, native }) => {
    const x = inputs["x"]!;
    const indices = attributes["indices"] as number[];
    if (x.dtype === "bool" || indices.length === 0) return undefined; // entries of four bytes only
    const list = backend.makeOutput([indices.length], "int32");
    backend.typedArrayFromHeap(list).set(indices);
    const out = backend.makeOutput(x.shape, x.dtype);
    native["permuteColumns"]!(
      address(backend, x),
      address(backend, list),
      address(backend, out),
      x.size / indices.length,
      indices.length,
    );
    backend.disposeData(list.dataId);
    return out;
  });

  /** The gradient of `tf.gather`, which the wasm backend lacks: out[s] = sum of the rows i with segmentIds[i] = s. */
  overrideKernel("UnsortedSegmentSum", ({ inputs, attributes, backend }) => {
    const { x, segmentIds } = inputs as { x: tf.Tensor; segmentIds: tf.Tensor };
    const segments = attributes["numSegments"] as number;
    const shape = [segments, ...x.shape.slice(segmentIds.rank)];
    const row = tf.util.sizeFromShape(shape.slice(1));
    const out = backend.makeOutput(shape, x.dtype);
    const sums = backend.typedArrayFromHeap(out).fill(0);
    const values = backend.typedArrayFromHeap(x);
    backend.typedArrayFromHeap(segmentIds).forEach((segment, i) => {
      if (segment < 0 || segment >= segments) return;
      for (let c = 0; c < row; c++) sums[segment * row + c]! += values[i * row + c]!;
    });
    return out;
  });
}
