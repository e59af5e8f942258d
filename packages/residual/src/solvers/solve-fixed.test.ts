import { UnsupportedError } from "@invertible/errors";
import {
  add,
  createRandom,
  dispose,
  gradients,
  matMul,
  memory,
  mul,
  sum,
  tanh,
  tanhDerivative,
  tensor,
  tidy,
  valueAndGradients,
  variable,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { stepsFor } from "./solve-fixed.ts";
import { orthogonal64 } from "../../test-support/slow-contraction.ts";
import { solveFixed, solveImplicit } from "./solve-fixed.ts";
import type { FixedProblem } from "./solve-fixed.ts";

const random = createRandom(79);
const values = async (x: Tensor) => Array.from(await x.data());

/** g(x; c) = tanh(x W + c V + b), as a branch. */
function bindTo(W: Tensor, b: Tensor, V?: Tensor): FixedProblem["bind"] {
  return (condition) => {
    const before = (x: Tensor): Tensor => {
      const h = add(matMul(x, W), b) as Tensor;
      return condition && V ? add(h, matMul(condition, V)) : h;
    };
    return {
      value: (x) => tanh(before(x)),
      linearise(x) {
        const slope = tanhDerivative(before(x));
        return {
          value: tanh(before(x)),
          jvp: (v) => mul(slope, matMul(v, W)),
          vjp: (w) => matMul(mul(slope, w), W, false, true),
        };
      },
    };
  };
}

describe.each(["cpu", "wasm"] as const)("synchronous solves on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it("are within the a-priori bound in both forms", async () => {
    const [W, b] = [tensor(await orthogonal64(4, 0.8, random)), random.fold("b").normal([4])];
    const bind = bindTo(W, b);
    const y = random.fold("y").normal([10, 4]);
    for (const tolerance of [1e-2, 1e-5]) {
      const problem: FixedProblem = { bind, y, steps: stepsFor(0.8, tolerance) };
      for (const gradient of ["implicit", "unrolled"] as const) {
        const x = solveFixed(problem, gradient);
        const left = add(x, bind().value(x)).sub(y) as Tensor;
        const sizes = await values(bind().value(y).square().sum(1).sqrt() as Tensor);
        // |x - x*| <= |x + g(x) - y| / (1 - L) is also at least 1/(1 + L) of it.
        (await values(left.square().sum(1).sqrt() as Tensor)).forEach((length, row) =>
          expect(length / 1.8).toBeLessThanOrEqual(tolerance * sizes[row]! + 1e-6),
        );
      }
    }
  });

  it("have implicit gradients by y, weights, bias and condition equal to those of many recorded steps", async () => {
    const [W, b, V] = [
      tensor(await orthogonal64(4, 0.7, random)),
      random.fold("b").normal([4]),
      random.normal([2, 4]),
    ];
    const [y, condition, weight] = [
      random.fold("y").normal([6, 4]),
      random.fold("c").normal([6, 2]),
      random.fold("w").normal([6, 4]),
    ];
    const by = (gradient: "implicit" | "unrolled") =>
      gradients(
        (y, W, b, V, condition) =>
          sum(mul(solveFixed({ bind: bindTo(W!, b!, V), condition, y: y!, steps: 60 }, gradient), weight)),
        [y, W, b, V, condition],
      );
    const [implicit, unrolled] = [by("implicit"), by("unrolled")];
    for (const [i, gradient] of implicit.entries()) {
      const [got, expected] = [await values(gradient), await values(unrolled[i]!)];
      const scale = Math.max(...expected.map(Math.abs));
      expect(scale).toBeGreaterThan(0.1);
      got.forEach((value, j) => expect(Math.abs(value - expected[j]!)).toBeLessThan(5e-6 * scale));
    }
  });

  it("have implicit gradients of a linear g equal to those of (I + W)^-1 in closed form", async () => {
    // x = y (I + W)^-1 with W = [[a, -c], [c, a]]: a rotation and a scaling, so is its inverse.
    const [a, c] = [0.5, 0.6];
    const W = tensor([
      [a, -c],
      [c, a],
    ]);
    const bind = (W: Tensor) => () => ({
      value: (x: Tensor): Tensor => matMul(x, W),
      linearise: (x: Tensor) => ({
        value: matMul(x, W) as Tensor,
        jvp: (v: Tensor): Tensor => matMul(v, W),
        vjp: (w: Tensor): Tensor => matMul(w, W, false, true),
      }),
    });
    const y = tensor([[1, 2]]);
    const [dy, dW] = gradients((y, W) => sum(solveImplicit({ bind: bind(W!), y: y!, steps: 100 })), [y, W]);
    const norm = (1 + a) ** 2 + c ** 2;
    const x = [((1 + a) * 1 - c * 2) / norm, (c * 1 + (1 + a) * 2) / norm];
    const w = [(1 + a + c) / norm, (1 + a - c) / norm];
    (await values(dy!)).forEach((value, i) => expect(value).toBeCloseTo(w[i]!, 5));
    const expected = x.flatMap((xi) => w.map((wj) => -xi * wj));
    (await values(dW!)).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });

  it("use memory that grows with the steps in the recorded form, and not in the implicit form", async () => {
    const W = variable(tensor(await orthogonal64(8, 0.7, random)));
    const b = variable(random.fold("b").normal([8]));
    const y = random.normal([32, 8]);
    /** The most that is kept between the passes. */
    const kept = (gradient: "implicit" | "unrolled", steps: number) => {
      let bytes = 0;
      const before = memory().numBytes;
      const { value, gradients } = valueAndGradients(() => {
        const x = tidy(() => solveFixed({ bind: bindTo(W, b), y, steps }, gradient));
        const loss = sum(x) as Tensor;
        bytes = memory().numBytes - before;
        return loss;
      }, [W, b]);
      dispose([value, ...gradients]);
      return bytes;
    };
    expect(kept("implicit", 200)).toBe(kept("implicit", 5));
    expect(kept("unrolled", 50)).toBeGreaterThan(5 * kept("unrolled", 5));
    dispose([W, b]);
  });

  it("have a right second derivative in the recorded form, and throw in the implicit form", async () => {
    // x + a x = y, one number: x = y/(1 + a), d2x/dyda = -1/(1 + a)^2.
    const bind = (a: Tensor) => () => ({
      value: (x: Tensor): Tensor => mul(a, x),
      linearise: (x: Tensor) => ({
        value: mul(a, x) as Tensor,
        jvp: (v: Tensor): Tensor => mul(a, v),
        vjp: (w: Tensor): Tensor => mul(a, w),
      }),
    });
    const [y, a] = [tensor([[2]]), tensor([0.5])];
    const first = (gradient: "implicit" | "unrolled") => (a: Tensor) =>
      sum(gradients((y) => sum(solveFixed({ bind: bind(a), y, steps: 50 }, gradient)), [y])[0]!) as Tensor;
    const [second] = gradients(first("unrolled"), [a]);
    expect((await values(second!))[0]).toBeCloseTo(-1 / 1.5 ** 2, 5);
    const before = memory().numTensors;
    expect(() => gradients(first("implicit"), [a])).toThrow(UnsupportedError);
    expect(memory().numTensors).toBe(before);
  });

  it("leave nothing behind, also when g throws in the backward pass", async () => {
    const [W, b] = [tensor(await orthogonal64(3, 0.7, random)), random.normal([3])];
    const y = random.normal([5, 3]);
    const before = memory().numTensors;
    dispose(solveFixed({ bind: bindTo(W, b), y, steps: 1 }, "implicit"));
    dispose(gradients((y) => sum(solveImplicit({ bind: bindTo(W, b), y: y!, steps: 9 })), [y]));
    const failing = (condition?: Tensor): ReturnType<FixedProblem["bind"]> => ({
      ...bindTo(W, b)(condition),
      linearise() {
        throw new Error("on purpose");
      },
    });
    expect(() => gradients((y) => sum(solveImplicit({ bind: failing, y: y!, steps: 9 })), [y])).toThrow(
      "on purpose",
    );
    expect(memory().numTensors).toBe(before);
  });
});
