import { beforeAll, describe, expect, it } from "vitest";
import * as tf from "@tensorflow/tfjs";
import { startBackend } from "../../test-support/start-backend.ts";

beforeAll(() => startBackend("wasm"));

/** Slices element by element. */
function reference(values: ArrayLike<number>, shape: number[], begin: number[], size: number[]): number[] {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const total = size.reduce((a, b) => a * b, 1);
  return Array.from({ length: total }, (_, flat) => {
    let [rest, at] = [flat, 0];
    for (let i = size.length - 1; i >= 0; i--) {
      at += (begin[i]! + (rest % size[i]!)) * strides[i]!;
      rest = Math.floor(rest / size[i]!);
    }
    return values[at]!;
  });
}

describe("Slice on wasm", () => {
  it.each<[number[], number[], number[]]>([
    [[10], [3], [4]],
    [[100], [0], [100]],
    [
      [4, 6],
      [1, 0],
      [2, 6],
    ],
    [
      [4, 6],
      [0, 3],
      [4, 3],
    ],
    [
      [4, 60],
      [1, 5],
      [3, 50],
    ],
    [
      [3, 5, 4],
      [0, 0, 2],
      [3, 5, 2],
    ],
    [
      [3, 5, 4],
      [1, 2, 1],
      [2, 2, 3],
    ],
    [
      [2, 3, 4, 6],
      [0, 0, 0, 3],
      [2, 3, 4, 3],
    ],
    [
      [2, 3, 4, 6],
      [1, 1, 1, 1],
      [1, 2, 3, 4],
    ],
    [
      [2, 3, 4, 6],
      [0, 1, 0, 0],
      [2, 1, 4, 6],
    ],
    [
      [2, 2, 3, 2, 4],
      [0, 1, 1, 0, 1],
      [2, 1, 2, 2, 3],
    ],
    [
      [2, 2, 2, 2, 3, 2],
      [1, 0, 1, 0, 1, 0],
      [1, 2, 1, 2, 2, 2],
    ],
    [
      [4, 6],
      [2, 0],
      [0, 6],
    ],
  ])("takes from %j at %j the part %j", async (shape, begin, size) => {
    for (const dtype of ["float32", "int32", "bool"] as const) {
      const count = shape.reduce((a, b) => a * b, 1);
      const values = Array.from({ length: count }, (_, i) =>
        dtype === "bool" ? ((i * 7) % 3 === 0 ? 1 : 0) : i,
      );
      const x = tf.tensor(values, shape, dtype);
      const part = tf.slice(x, begin, size);
      expect([part.shape, part.dtype, [...(await part.data())]]).toEqual([
        size,
        dtype,
        reference(values, shape, begin, size),
      ]);
      tf.dispose([x, part]);
    }
  });

  it("takes everything to the end", async () => {
    const end = tf.tidy(() => tf.slice(tf.tensor1d([1, 2, 3]), 1));
    expect(await end.array()).toEqual([2, 3]);
    end.dispose();
  });

  it("has the stock gradient", async () => {
    const gradient = tf.tidy(() =>
      tf.grad((x) => tf.sum(tf.square(tf.slice(x, [0, 1], [2, 2]))))(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])),
    );
    expect(await gradient.array()).toEqual([
      [0, 4, 6],
      [0, 10, 12],
    ]);
    gradient.dispose();
  });
});
