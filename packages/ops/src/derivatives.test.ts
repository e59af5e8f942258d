import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "./backend/index.ts";
import { derivativeCases, notDifferentiated } from "./derivative-cases.test-support.ts";
import { checkDerivatives } from "./derivative-check.test-support.ts";
import type { DerivativeCase } from "./derivative-check.test-support.ts";
import { defineOp } from "./define-op.ts";
import * as ops from "./index.ts";

describe.each(["cpu", "wasm"] as const)("first, second and third derivatives on %s", (backend) => {
  beforeAll(() => startBackend(backend));
  it.each(derivativeCases)("$name", (derivativeCase) => checkDerivatives(derivativeCase));
});

it("no export is forgotten: each is in the table of derivatives or listed as having none", () => {
  const tested = derivativeCases.map(({ name }) => /^\w+/.exec(name)![0]);
  const missing = Object.keys(ops).filter(
    (name) => !tested.includes(name) && !notDifferentiated.includes(name),
  );
  expect(missing).toEqual([]);
});

describe("the check rejects what TensorFlow.js gets wrong", () => {
  beforeAll(() => startBackend("cpu"));
  const input = { shape: [5], low: 0.1, high: 2 };
  const stock: DerivativeCase[] = [
    { name: "tanh", f: (x) => tf.tanh(x!), inputs: [input], reference: (x) => x!.map(Math.tanh) },
    { name: "exp", f: (x) => tf.exp(x!), inputs: [input], reference: (x) => x!.map(Math.exp) },
    { name: "elu", f: (x) => tf.elu(x!), inputs: [input], reference: (x) => x!.map((p) => p) },
    { name: "leakyRelu", f: (x) => tf.leakyRelu(x!), inputs: [input], reference: (x) => x!.map((p) => p) },
  ];
  it.each(stock)("$name", (wrong) => expect(checkDerivatives(wrong)).rejects.toThrow());

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
