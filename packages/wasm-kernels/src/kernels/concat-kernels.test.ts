import { beforeAll, describe, expect, it } from "vitest";
import * as tf from "@tensorflow/tfjs";
import { startBackend } from "../../test-support/start-backend.ts";

beforeAll(() => startBackend("wasm"));

const cases: [shape: number[], sizes: number[], axis: number][] = [
  [[7], [3, 4], 0],
  [[5, 4], [2, 2], 1],
  [[5, 4], [1, 3, 1], 0],
  [[5, 90], [30, 60], -1],
  [[2, 3, 5], [1, 2], 1],
  [[2, 3, 4, 6], [2, 4], 3],
  [[2, 3, 4, 6], [1, 1, 2], 2],
  [[2, 3, 4, 6], [6], -1],
  [[2, 2, 3, 2, 4], [1, 3], 4],
  [[4, 6], [0, 6], 1],
  [[0, 6], [2, 4], 1],
];
const dtypes = ["float32", "int32", "bool"] as const;

/** The entries of x whose index on `axis` is in [from, from + size), in order. */
function reference(values: number[], shape: number[], axis: number, from: number, size: number): number[] {
  const at = axis < 0 ? axis + shape.length : axis;
  const inner = shape.slice(at + 1).reduce((a, b) => a * b, 1);
  return values.filter((_, flat) => {
    const index = Math.floor(flat / inner) % shape[at]!;
    return index >= from && index < from + size;
  });
}

describe.each(cases)("SplitV and Concat on wasm: %j by %j on axis %i", (shape, sizes, axis) => {
  it.each(dtypes)("work for %s", async (dtype) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const values = Array.from({ length: count }, (_, i) =>
      dtype === "bool" ? ((i * 7) % 3 === 0 ? 1 : 0) : i,
    );
    const before = tf.memory().numTensors;
    const x = tf.tensor(values, shape, dtype);
    const parts = tf.split(x, sizes, axis);
    let from = 0;
    for (const [i, part] of parts.entries()) {
      expect(part.dtype).toBe(dtype);
      expect(part.shape).toEqual(shape.with(axis, sizes[i]!));
      expect([...(await part.data())]).toEqual(reference(values, shape, axis, from, sizes[i]!));
      from += sizes[i]!;
    }
    const joined = tf.concat(parts, axis);
    expect([joined.dtype, joined.shape, [...(await joined.data())]]).toEqual([dtype, shape, values]);
    tf.dispose([x, ...parts, joined]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("SplitV and Concat on wasm", () => {
  it("have the stock gradients", async () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const gradient = tf.tidy(() =>
      tf.grad((x) => {
        const [a, b] = tf.split(x, [1, 2], 1) as [tf.Tensor, tf.Tensor];
        return tf.sum(tf.square(tf.concat([b, tf.mul(a, 10)], 1)));
      })(x),
    );
    expect(await gradient.array()).toEqual([
      [200, 4, 6],
      [800, 10, 12],
    ]);
    tf.dispose([x, gradient]);
  });

  it("leave strings to TensorFlow.js", () => {
    expect(() => tf.concat([tf.tensor1d(["a"]), tf.tensor1d(["b"])])).not.toThrow();
  });
});
