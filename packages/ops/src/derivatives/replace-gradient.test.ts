import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { UnsupportedError } from "@invertible/errors";
import { gradients, withoutGradient } from "./gradients.ts";
import { dispose, matMul, memory, mul, square, sub, sum, tensor, tidy } from "../tensors/primitives.ts";
import { replaceGradient } from "./replace-gradient.ts";
import type { Tensor } from "../tensors/types.ts";

const values = async (x: Tensor) => Array.from(await x.data());

/** The solution of x + by(x) = y. */
function solve(y: Tensor, by: (x: Tensor) => Tensor): Tensor {
  let x = y;
  for (let i = 0; i < 60; i++) x = sub(y, by(x));
  return x;
}

describe.each(["cpu", "wasm"] as const)("replaceGradient on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it("is the identity in value, and its gradient is what the backward pass makes of dy at x", async () => {
    const [x, kept] = [tensor([1, 2, 3]), tensor([10, 20, 30])];
    const f = (at: Tensor): Tensor =>
      sum(square(replaceGradient(mul(at, 2), (dy, x, kept) => mul(mul(dy, x), kept!), kept)));
    expect(await values(f(x))).toEqual([4 + 16 + 36]);
    // dy = 2 (2x), times 2x and kept, and 2 once more on the way back to x.
    expect(await values(gradients(f, [x])[0]!)).toEqual([160, 1280, 4320]);
    const none = (at: Tensor): Tensor => sum(replaceGradient(at, (dy) => mul(dy, 7)));
    expect(await values(gradients(none, [x])[0]!)).toEqual([7, 7, 7]);
    const byKept = (at: Tensor): Tensor => sum(replaceGradient(x, (dy) => mul(dy, 7), at));
    expect(await values(gradients(byKept, [kept])[0]!)).toEqual([0, 0, 0]);
  });

  it("gives the gradients of the implicit function theorem: x + x A = y", async () => {
    const A = tensor([
      [0.3, -0.2],
      [0.1, 0.4],
    ]);
    const [y, weight] = [tensor([[1, 2]]), tensor([[3, 5]])];
    const f = (y: Tensor, A: Tensor): Tensor => {
      const at = withoutGradient(() => solve(y, (x) => matMul(x, A)).clone());
      const x = replaceGradient(sub(y, matMul(at, A)), (dy) => solve(dy, (w) => matMul(w, A, false, true)));
      return sum(mul(x, weight));
    };
    const [dy, dA] = gradients(f, [y, A]);
    // x = y (I + A)^-1 with det(I + A) = 1.84; by hand w = weight (I + A)'^-1, dA = -x' w.
    const w = [(1.4 * 3 + 0.2 * 5) / 1.84, (-0.1 * 3 + 1.3 * 5) / 1.84];
    const x = [(1.4 * 1 - 0.1 * 2) / 1.84, (0.2 * 1 + 1.3 * 2) / 1.84];
    const expected = x.flatMap((xi) => w.map((wj) => -xi * wj));
    (await values(dy!)).forEach((value, i) => expect(value).toBeCloseTo(w[i]!, 5));
    (await values(dA!)).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });

  it("refuses a second derivative by x, or by what dy depends on, instead of giving a wrong one", () => {
    const [x, kept] = [tensor([1, 2, 3]), tensor([1, 1, 1])];
    for (const also of [undefined, kept]) {
      const linear = (at: Tensor): Tensor => replaceGradient(at, (dy, x) => mul(dy, x), also);
      const first = (f: (at: Tensor) => Tensor) => (at: Tensor) => gradients((z) => sum(f(z)), [at])[0]!;
      const before = memory().numTensors;
      // dy = 1 is a constant: the second derivative is that of the backward pass by x alone.
      expect(() => gradients(first(linear), [x])).toThrow(UnsupportedError);
      expect(() =>
        gradients(
          first((at) => square(linear(at))),
          [x],
        ),
      ).toThrow("expected a first derivative, received a second");
      expect(memory().numTensors).toBe(before);
    }
  });

  it("leaves nothing behind, whatever the backward pass allocates or throws", () => {
    const x = tensor([1, 2, 3]);
    const before = memory().numTensors;
    const f = (backward: (dy: Tensor) => Tensor) => () =>
      gradients((at) => tidy(() => sum(replaceGradient(at, backward, mul(at, 2)))), [x]);
    dispose(f((dy) => solve(dy, (w) => mul(w, 0.5)))());
    expect(memory().numTensors).toBe(before);
    const failing = f(() => {
      mul(x, 2);
      throw new Error("on purpose");
    });
    expect(failing).toThrow("on purpose");
    expect(memory().numTensors).toBe(before);
  });
});
