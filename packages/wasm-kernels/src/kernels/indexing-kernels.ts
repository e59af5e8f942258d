import * as tf from "@tensorflow/tfjs-core";
import { address } from "../native/native.ts";
import { overrideKernel } from "../native/override-kernel.ts";

/** Registers kernels that move, select and add up rows and columns. */
export function registerIndexingKernels(): void {
  overrideKernel("InvertiblePermute", ({ inputs, attributes, backend, native }) => {
    const x = inputs["x"]!;
    const indices = attributes["indices"] as number[];
    if (x.dtype === "bool" || indices.length === 0) return undefined; // the native kernel moves entries of four bytes
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

  overrideKernel("InvertibleGatherRows", ({ inputs, attributes, backend }) => {
    const x = inputs["x"]!;
    if (x.dtype !== "float32") return undefined;
    const indices = attributes["indices"] as number[];
    const shape = [indices.length, ...x.shape.slice(1)];
    const row = tf.util.sizeFromShape(shape.slice(1));
    const out = backend.makeOutput(shape, "float32");
    const [values, target] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(out)];
    indices.forEach((i, j) => target.set(values.subarray(i * row, (i + 1) * row), j * row));
    return out;
  });

  overrideKernel("InvertibleSelectRows", ({ inputs, backend }) => {
    const [condition, a, b] = [inputs["condition"]!, inputs["a"]!, inputs["b"]!];
    if (a.dtype !== "float32" || b.dtype !== "float32") return undefined;
    const out = backend.makeOutput(a.shape, "float32");
    const [chosen, yes, no] = [condition, a, b].map((x) => backend.typedArrayFromHeap(x));
    const target = backend.typedArrayFromHeap(out);
    const row = a.shape.slice(1).reduce((size, n) => size * n, 1);
    for (let i = 0; i < chosen!.length; i++) {
      const from = chosen![i] ? yes! : no!;
      // For a few numbers, a view costs more than copying them.
      if (row < 32) for (let j = i * row; j < (i + 1) * row; j++) target[j] = from[j]!;
      else target.set(from.subarray(i * row, (i + 1) * row), i * row);
    }
    return out;
  });

  overrideKernel("InvertibleScatterRows", ({ inputs, attributes, backend }) => {
    const y = inputs["y"]!;
    if (y.dtype !== "float32") return undefined;
    const { indices, rows } = attributes as { indices: number[]; rows: number };
    const shape = [rows, ...y.shape.slice(1)];
    const row = tf.util.sizeFromShape(shape.slice(1));
    const out = backend.makeOutput(shape, "float32");
    const sums = backend.typedArrayFromHeap(out).fill(0);
    const values = backend.typedArrayFromHeap(y);
    indices.forEach((i, j) => {
      for (let c = 0; c < row; c++) sums[i * row + c]! += values[j * row + c]!;
    });
    return out;
  });

  overrideKernel("InvertibleMirror", ({ inputs, attributes, backend, native }) => {
    const x = inputs["x"]!;
    if (x.dtype !== "float32") return undefined;
    const columns = x.shape[x.rank - 1]!;
    const out = backend.makeOutput([...x.shape.slice(0, -1), 2 * columns], "float32");
    const scale = attributes["scale"] as number;
    if (x.size > 0)
      native["mirror"]!(address(backend, x), address(backend, out), x.size / columns, columns, scale);
    return out;
  });

  overrideKernel("InvertibleFold", ({ inputs, attributes, backend, native }) => {
    const y = inputs["y"]!;
    if (y.dtype !== "float32") return undefined;
    const columns = y.shape[y.rank - 1]! / 2;
    const out = backend.makeOutput([...y.shape.slice(0, -1), columns], "float32");
    const scale = attributes["scale"] as number;
    if (y.size > 0)
      native["fold"]!(address(backend, y), address(backend, out), y.size / 2 / columns, columns, scale);
    return out;
  });

  /** The gradient of `tf.gather`, which the wasm backend lacks: out[s] is the sum of the rows i with segmentIds[i] = s. */
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
