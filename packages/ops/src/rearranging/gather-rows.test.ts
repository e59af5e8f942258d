import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { createRandom } from "../random/create-random.ts";
import { gatherRows } from "./gather-rows.ts";
import { gradients } from "../derivatives/gradients.ts";

describe.each(["cpu", "wasm"] as const)("gatherRows on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it.each([
    ["some", [3, 0, 2]],
    ["all, reordered", [4, 2, 0, 1, 3]],
    ["repeated", [1, 1, 4, 1]],
    ["none", []],
  ])("takes rows (%s), and its gradient adds up what came from each", async (_, indices) => {
    const before = tf.memory().numTensors;
    const random = createRandom(4);
    for (const shape of [[5], [5, 3], [5, 2, 2, 3]]) {
      const x = random.fold("x").normal(shape);
      const dy = random.fold("dy").normal([indices.length, ...shape.slice(1)]);
      const y = gatherRows(x, indices);
      const [dx] = gradients((t) => gatherRows(t!, Int32Array.from(indices)), [x], dy);
      const row = x.size / 5;
      const [values, cotangents] = [await x.data(), await dy.data()];
      expect(y.shape).toEqual(dy.shape);
      expect([...(await y.data())]).toEqual(
        indices.flatMap((i) => [...values.slice(i * row, (i + 1) * row)]),
      );
      const expected = new Float64Array(x.size);
      indices.forEach((i, j) => {
        for (let c = 0; c < row; c++) expected[i * row + c]! += cotangents[j * row + c]!;
      });
      expect(dx!.shape).toEqual(shape);
      (await dx!.data()).forEach((d, i) => expect(d).toBeCloseTo(expected[i]!, 6));
      tf.dispose([x, dy, y, dx!]);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("takes no rows from an empty tensor", async () => {
    const x = tf.zeros([0, 3]);
    const y = gatherRows(x, []);
    const [dx] = gradients((t) => gatherRows(t!, []), [x], y);
    expect([y.shape, dx!.shape]).toEqual([
      [0, 3],
      [0, 3],
    ]);
    expect(await y.data()).toHaveLength(0);
    tf.dispose([x, y, dx!]);
  });
});

it.each([[[0, 5]], [[-1]], [[0.5]], [[NaN]]])("rejects the indices %j of 5 rows", (indices) => {
  expect(() => gatherRows(tf.zeros([5, 2]), indices)).toThrow(/gatherRows: expected indices of the 5 rows/);
});
