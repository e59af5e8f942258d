import * as tf from "@tensorflow/tfjs-core";
import { defineOp, defineTwinOp } from "../derivatives/define-op.ts";
import type { Op, TwinOp, Twins } from "../derivatives/define-op.ts";
import {
  sigmoid,
  sigmoidDerivative,
  sigmoidSecondDerivative,
  softplus,
  swishDerivative,
  swishSecondDerivative,
  swishThirdDerivative,
} from "../functions/elementary.ts";
import type { Pointwise } from "../functions/pointwise.ts";
import type { Tensor } from "../tensors/types.ts";

const { add, mul } = tf;

/**
 * LipSwish: x sigmoid(b x) / 1.1 with b = softplus(betaRaw) > 0. |lipSwish'| < 1 for every b.
 *
 * @param betaRaw a scalar, learned or constant
 * @see Chen et al. (2019), arXiv:1906.02735, section 3.3
 */
export function lipSwish(x: Tensor, betaRaw: Tensor): Tensor {
  return tf.tidy(() => lipSwishValue({ x, b: softplus(betaRaw) }));
}

/** The derivative of `lipSwish` by x: s (1 + b x (1 - s)) / 1.1 with s = sigmoid(b x). */
export function lipSwishDerivative(x: Tensor, betaRaw: Tensor): Tensor {
  return tf.tidy(() => lipSwishSlope({ x, b: softplus(betaRaw) }));
}

/** [lipSwish, lipSwishDerivative], in one pass where the backend has a kernel for it. */
export function lipSwishTwins(x: Tensor, betaRaw: Tensor): Twins {
  return tf.tidy(() => twinsOf({ x, b: softplus(betaRaw) }));
}

/** The form F(x, b) = x^i b^j w(b x) / 1.1, which lipSwish and all its derivatives have. */
interface Term {
  readonly i: number;
  readonly j: number;
  readonly w: Pointwise;
  /** The derivative w'. */
  readonly derivative: Pointwise;
}

const power = (x: Tensor, n: number, y: Tensor) =>
  Array.from({ length: n }).reduce<Tensor>((p) => mul(p, x), y);
const evaluate = ({ i, j, w }: Pick<Term, "i" | "j" | "w">, x: Tensor, b: Tensor) =>
  power(x, i, power(b, j, mul(w(mul(x, b)), 1 / 1.1)));

/** dF/dx = i x^(i-1) b^j w + x^i b^(j+1) w'. */
function byX({ i, j, w, derivative }: Term, x: Tensor, b: Tensor): Tensor {
  const inner = evaluate({ i, j: j + 1, w: derivative }, x, b);
  return i === 0 ? inner : add(mul(evaluate({ i: i - 1, j, w }, x, b), i), inner);
}

/** dF/db = j x^i b^(j-1) w + x^(i+1) b^j w'. */
function byB({ i, j, w, derivative }: Term, x: Tensor, b: Tensor): Tensor {
  const inner = evaluate({ i: i + 1, j, w: derivative }, x, b);
  return j === 0 ? inner : add(mul(evaluate({ i, j: j - 1, w }, x, b), j), inner);
}

/** The product dy F(x, b), which is one kernel on wasm. */
function timesOp(name: string, term: Term): Op<"dy" | "x" | "b"> {
  const op: Op<"dy" | "x" | "b"> = defineOp(["dy", "x", "b"], {
    name: `InvertibleLipSwish${name}Times`,
    forward: ({ dy, x, b }) => mul(dy, evaluate(term, x, b)),
    gradient: (g, { dy, x, b }) => ({
      dy: () => op({ dy: g, x, b }),
      x: () => mul(mul(g, dy), byX(term, x, b)),
      b: () => tf.sum(mul(mul(g, dy), byB(term, x, b))),
    }),
  });
  return op;
}

// The derivatives of lipSwish by x and by b, and those of its slope.
const slope: Term = { i: 0, j: 0, w: swishDerivative, derivative: swishSecondDerivative };
const byBeta: Term = { i: 2, j: 0, w: sigmoidDerivative, derivative: sigmoidSecondDerivative };
const curvature: Term = { i: 0, j: 1, w: swishSecondDerivative, derivative: swishThirdDerivative };
const slopeByBeta: Term = { i: 1, j: 0, w: swishSecondDerivative, derivative: swishThirdDerivative };
const slopeTimes = timesOp("Slope", slope);
const byBetaTimes = timesOp("ByBeta", byBeta);
const curvatureTimes = timesOp("Curvature", curvature);
const slopeByBetaTimes = timesOp("SlopeByBeta", slopeByBeta);

/** lipSwish as a function of b: x sigmoid(b x) / 1.1. */
export const lipSwishValue: Op<"x" | "b"> = defineOp(["x", "b"], {
  name: "InvertibleLipSwish",
  forward: ({ x, b }) => evaluate({ i: 1, j: 0, w: sigmoid }, x, b),
  gradient: (dy, { x, b }) => ({
    x: () => slopeTimes({ dy, x, b }),
    b: () => tf.sum(byBetaTimes({ dy, x, b })),
  }),
});

/** Its derivative by x. */
export const lipSwishSlope: Op<"x" | "b"> = defineOp(["x", "b"], {
  name: "InvertibleLipSwishSlope",
  forward: ({ x, b }) => evaluate({ i: 0, j: 0, w: swishDerivative }, x, b),
  gradient: (dy, { x, b }) => ({
    x: () => curvatureTimes({ dy, x, b }),
    b: () => tf.sum(slopeByBetaTimes({ dy, x, b })),
  }),
});

/** dy F(x, b) + ds G(x, b), which is one kernel on wasm and on WebGPU. */
function sumOp(
  name: string,
  terms: readonly [Term, Term],
  [first, second]: readonly [Op<"dy" | "x" | "b">, Op<"dy" | "x" | "b">],
): Op<"dy" | "ds" | "x" | "b"> {
  type By = (term: Term, x: Tensor, b: Tensor) => Tensor;
  return defineOp(["dy", "ds", "x", "b"], {
    name: `InvertibleLipSwish${name}`,
    forward: ({ dy, ds, x, b }) => add(first({ dy, x, b }), second({ dy: ds, x, b })),
    gradient(g, { dy, ds, x, b }) {
      const by = (derivative: By) =>
        mul(g, add(mul(dy, derivative(terms[0], x, b)), mul(ds, derivative(terms[1], x, b))));
      return {
        dy: () => first({ dy: g, x, b }),
        ds: () => second({ dy: g, x, b }),
        x: () => by(byX),
        b: () => tf.sum(by(byB)),
      };
    },
  });
}

const twinsByX = sumOp("TwinsByX", [slope, curvature], [slopeTimes, curvatureTimes]);
const twinsByB = sumOp("TwinsByB", [byBeta, slopeByBeta], [byBetaTimes, slopeByBetaTimes]);

/** [lipSwishValue, lipSwishSlope]. */
const twinsOf: TwinOp<"x" | "b"> = defineTwinOp(["x", "b"], {
  name: "InvertibleLipSwishTwins",
  forward: ({ x, b }) => [lipSwishValue({ x, b }), lipSwishSlope({ x, b })],
  gradient: ([dy, ds], { x, b }) => ({
    x: () => twinsByX({ dy, ds, x, b }),
    b: () => tf.sum(twinsByB({ dy, ds, x, b })),
  }),
});
