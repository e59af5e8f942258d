import {
  createRandom,
  dispose,
  memory,
  sum,
  tensor,
  valueAndGradients,
  variable,
  zeros,
} from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { correct, labelled, oneHot } from "./index.ts";

describe.each(["cpu", "wasm"] as const)("correct on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it("is 1 where the largest logit belongs to the class, and 0 elsewhere", async () => {
    const logits = tensor([
      [1, 2, 3],
      [1, 2, 3],
      [-1e4, 1e4, 0],
      [3, 2, 1],
      [2, 2, 1],
      [2, 2, 1],
    ]);
    const labels = [2, 1, 1, -1, 0, 1];
    const target = tensor(oneHot(labels, 3).values, [6, 3]);
    const before = memory().numTensors;
    const [right, known] = [correct(logits, target), labelled(target)];
    expect([...(await right.data())]).toEqual([1, 0, 1, 0, 1, 0]);
    expect([...(await known.data())]).toEqual([1, 1, 1, 0, 1, 1]);
    expect([right.shape, right.dtype, known.shape, known.dtype]).toEqual([[6], "float32", [6], "float32"]);
    dispose([right, known]);
    expect(memory().numTensors).toBe(before);
  });

  it("counts no logits that are NaN or infinite, whichever class comes first", async () => {
    const logits = tensor([
      [NaN, NaN, NaN],
      [NaN, 1, 2],
      [1, NaN, 0],
      [Infinity, 0, 0],
    ]);
    const values = await correct(logits, tensor(oneHot([0, 0, 0, 0], 3).values, [4, 3])).data();
    expect([...values]).toEqual([0, 0, 0, 0]);
  });

  it("takes rows of probabilities and no rows", async () => {
    const target = tensor([
      [0.2, 0.5, 0.3],
      [0.6, 0.4, 0],
    ]);
    expect([
      ...(await correct(
        tensor([
          [0, 1, 0],
          [0, 1, 0],
        ]),
        target,
      ).data()),
    ]).toEqual([1, 0]);
    expect(correct(zeros([0, 3]), zeros([0, 3])).shape).toEqual([0]);
    expect(labelled(zeros([0, 3])).shape).toEqual([0]);
  });

  it("is a constant to every gradient", async () => {
    const logits = variable(createRandom(1).normal([3, 2]));
    const target = tensor(oneHot([0, 1, 1], 2).values, [3, 2]);
    const { gradients } = valueAndGradients(() => sum(correct(logits, target)), [logits]);
    expect([...(await gradients[0]!.data())]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("refuses shapes that do not fit", () => {
    expect(() => correct(zeros([2, 3]), zeros([1, 3]))).toThrow("correct target: expected [2, 3]");
    expect(() => labelled(zeros([3]))).toThrow(/labelled \w+: expected \[B, classes\], received \[3\]/);
  });
});
