import { ArgumentError, ShapeError } from "@invertible/errors";
import { createRandom, dispose, gradients, memory, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { readCondition } from "./read-condition.ts";

const where = "layer (3.inner).forward";
const random = createRandom(3);

describe.each(["cpu", "wasm"] as const)("readCondition, %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it("returns a condition with a row for each example as it is", () => {
    const [x, condition] = [zeros([3, 5]), random.normal([3, 2])];
    const before = memory().numTensors;
    expect(readCondition({ where, condition }, x, [2])).toBe(condition);
    expect(memory().numTensors).toBe(before);
    dispose([x, condition]);
  });

  it("repeats a single row, exactly and with its gradient, also for no and for one example", async () => {
    for (const shape of [[2], [2, 1, 3], []]) {
      const condition = random.normal([1, ...shape]);
      const row = [...(await condition.data())];
      for (const batch of [0, 1, 4]) {
        const x = zeros([batch, 5]);
        const before = memory().numTensors;
        const rows = readCondition({ where, condition }, x, shape);
        expect(rows.shape).toEqual([batch, ...shape]);
        expect([...(await rows.data())]).toEqual(Array.from({ length: batch }, () => row).flat());
        const weights = random.fold("weights").normal(rows.shape);
        const [gradient] = gradients(
          (c) => readCondition({ where, condition: c! }, x, shape),
          [condition],
          weights,
        );
        const [cotangents, sums] = [await weights.data(), [...(await gradient!.data())]];
        expect(gradient!.shape).toEqual([1, ...shape]);
        sums.forEach((sum, i) => {
          let expected = 0;
          for (let b = 0; b < batch; b++) expected += cotangents[b * row.length + i]!;
          expect(sum).toBeCloseTo(expected, 5);
        });
        dispose([weights, gradient!, ...(batch === 1 ? [] : [rows])]);
        expect(memory().numTensors).toBe(before);
        dispose(x);
      }
      dispose(condition);
    }
  });

  it("names the layer, what is expected and what came", () => {
    const x = zeros([3, 5]);
    const read = (condition: Tensor | undefined) => () => readCondition({ where, condition }, x, [2]);
    const before = memory().numTensors;
    expect(read(undefined)).toThrow(
      new ArgumentError(`${where}: call.condition: expected a tensor [B, 2], received undefined`),
    );
    for (const [shape, message] of [
      [[3, 1], "expected [B, 2], received [3, 1]"],
      [[2], "expected [B, 2], received [2]"],
      [[1, 1, 2], "expected [B, 2], received [1, 1, 2]"],
      [[2, 2], "expected [3, 2], or one row for all examples, received [2, 2]"],
      [[0, 2], "expected [3, 2], or one row for all examples, received [0, 2]"],
    ] as const) {
      const condition = zeros([...shape]);
      expect(read(condition)).toThrow(new ShapeError(`${where}: call.condition: ${message}`));
      dispose(condition);
    }
    const numbers = [[1, 2]] as unknown as Tensor;
    expect(read(numbers)).toThrow(`${where}: call.condition: expected a tensor, received [[1,2]]`);
    expect(memory().numTensors).toBe(before);
    dispose(x);
  });
});
