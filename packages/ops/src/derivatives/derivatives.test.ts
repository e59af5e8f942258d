import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { derivativeCases } from "../../test-support/derivative-cases.ts";
import { notDifferentiated } from "../../test-support/not-differentiated.ts";
import { checkDerivatives } from "../../test-support/derivative-check.ts";
import type { DerivativeCase } from "../../test-support/derivative-check.ts";
import { describeDerivatives } from "../../test-support/derivative-table.ts";
import { defineOp } from "./define-op.ts";
import * as ops from "../index.ts";

describeDerivatives("cpu");
describeDerivatives("wasm");

it("no export is forgotten: each is in the table of derivatives or listed as having none", () => {
  const tested = derivativeCases.map(({ name }) => /^\w+/.exec(name)![0]);
  const missing = Object.keys(ops).filter(
    (name) => !tested.includes(name) && !notDifferentiated.includes(name),
  );
  expect(missing).toEqual([]);
});

describe("the check rejects what TensorFlow.js gets wrong", () => {
  beforeAll(() => startBackend("cpu"));
  // elu and leakyRelu equal x here.
  const input = { shape: [5], low: 0.1, high: 2 };
  const stock: [string, (x: tf.Tensor) => tf.Tensor, (x: number) => number, RegExp][] = [
    // TensorFlow.js is wrong without an error: the value and the first derivative are right, the second is not.
    ["tanh", tf.tanh, Math.tanh, /order 2: expected/],
    ["exp", tf.exp, Math.exp, /order 2: expected/],
    ["elu", tf.elu, (x) => x, /gradient function not found for EluGrad/],
    ["leakyRelu", tf.leakyRelu, (x) => x, /gradient function not found for Greater/],
  ];
  it.each(stock)("%s", (name, f, reference, complaint) =>
    expect(
      checkDerivatives({ name, f: (x) => f(x!), inputs: [input], reference: (x) => x!.map(reference) }),
    ).rejects.toThrow(complaint),
  );

  it("a gradient that is detached from its input", async () => {
    const half = defineOp(["x"], {
      name: "TestDetachedSquare",
      forward: ({ x }) => tf.square(x),
      gradient: (dy, { x }) => ({ x: () => tf.mul(dy, ops.stopGradient(tf.mul(x, 2))) }),
    });
    const wrong = {
      name: "detached",
      f: (x: tf.Tensor) => half({ x }),
      inputs: [input],
      reference: (x: readonly number[]) => x.map((p) => p * p),
    };
    await expect(checkDerivatives(wrong as DerivativeCase)).rejects.toThrow(/order 2/);
  });
});
