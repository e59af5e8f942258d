import { evidenceOf } from "@invertible/bijection";
import type { BijectionDefinition, RowEvidence, SolveOptions } from "@invertible/bijection";
import { NotConvergedError } from "@invertible/errors";
import { add, div, log, mul, neg, square, sum, tensor, tidy, variable, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/**
 * y = x + x^3 + shift on [3], inverted by bisection: no contraction, so there is no Lipschitz constant to report. Half of the last
 * interval bounds the error of each entry.
 */
export function soundBisection(): BijectionDefinition {
  const shift = tidy(() => variable(zeros([3])));
  const cubic = (x: Tensor) => add(add(x, mul(x, square(x))), shift);
  const logDet = (x: Tensor) => sum(log(add(mul(square(x), 3), 1)), 1);
  const value = (x: number, offset: number) => x + x ** 3 + offset;

  /** Halves [-|y| - 1, |y| + 1] about the root of each entry, in float64. */
  const bisect = (y: number, offset: number, steps: number) => {
    let [low, high] = [-Math.abs(y - offset) - 1, Math.abs(y - offset) + 1];
    for (let step = 0; step < steps; step++) {
      const middle = (low + high) / 2;
      if (value(middle, offset) < y) low = middle;
      else high = middle;
    }
    return { x: (low + high) / 2, half: (high - low) / 2 };
  };

  const solve = async (
    y: Tensor,
    { path }: { readonly path: string },
    { tolerance = 1e-5, maxIterations = 1000, onCap }: SolveOptions,
  ) => {
    const [targets, offsets] = [await y.data(), await shift.data()];
    const solution = new Float32Array(targets.length);
    const rows: RowEvidence[] = [];
    for (let start = 0; start < targets.length; start += 3) {
      let [iterations, errorBound, residual] = [0, Infinity, Infinity];
      while (errorBound > tolerance && iterations < maxIterations) {
        iterations++;
        const entries = [0, 1, 2].map((i) => bisect(targets[start + i]!, offsets[i]!, iterations));
        solution.set(
          entries.map(({ x }) => x),
          start,
        );
        residual = Math.hypot(...entries.map(({ half }) => half));
        // And the rounding of the result to float32.
        errorBound = residual + 2 ** -23 * Math.hypot(...entries.map(({ x }) => x));
      }
      rows.push({ iterations, residual, errorBound, converged: errorBound <= tolerance });
    }
    const evidence = evidenceOf({ path, layer: "soundBisection", method: "bisection" }, rows);
    if (!evidence.converged && onCap !== "return")
      throw new NotConvergedError(`soundBisection: expected a bound <= ${tolerance} in every row`);
    return { x: tensor(solution, y.shape), evidence: [evidence] };
  };

  return {
    name: "soundBisection",
    inputShape: [3],
    outputShape: [3],
    traits: { inverse: "iterative" },
    parameters: { shift },
    config: {},
    forward: (x) => ({ y: cubic(x), logDet: () => logDet(x) }),
    inverse(y) {
      // Newton's method from the right side of the root, where the cubic is convex: as a synchronous form.
      const target = tidy(() => add(y, neg(shift)));
      let x = target;
      for (let n = 0; n < 60; n++) {
        const slope = add(mul(square(x), 3), 1);
        x = add(x, neg(div(add(add(x, mul(x, square(x))), neg(target)), slope)));
      }
      return { x, logDet: () => neg(logDet(x)) };
    },
    solver: { methods: ["bisection"], solve },
  };
}
