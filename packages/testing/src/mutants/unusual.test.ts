import { defineBijection, readCondition } from "@invertible/bijection";
import type { BijectionDefinition, InverseEvidence, LayerCall } from "@invertible/bijection";
import { NotConvergedError, fail } from "@invertible/errors";
import {
  add,
  clipByValue,
  cos,
  dispose,
  div,
  exp,
  greater,
  log,
  matMul,
  mul,
  neg,
  ones,
  onesLike,
  reshape,
  sin,
  square,
  sqrt,
  sub,
  sum,
  tanh,
  tensor,
  tidy,
  variable,
  where,
  zeros,
  zerosLike,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { describeBijection } from "../describe-bijection.ts";
import type { DescribeOptions } from "../describe-bijection.ts";

const onWasm: DescribeOptions = { backends: ["wasm"] };
const rows = (x: Tensor): number => x.shape[0]!;

/** A layer of [features] by its formulas. */
function layer(
  name: string,
  features: number,
  {
    forward,
    inverse,
    logDet,
    ...more
  }: {
    forward(x: Tensor): Tensor;
    inverse(y: Tensor): Tensor;
    logDet(x: Tensor): Tensor;
  } & Partial<Omit<BijectionDefinition, "forward" | "inverse">>,
) {
  return defineBijection({
    name,
    inputShape: [features],
    outputShape: [features],
    config: {},
    ...more,
    forward: (x) => ({ y: forward(x), logDet: () => logDet(x) }),
    inverse(y) {
      const x = inverse(y);
      return { x, logDet: () => neg(logDet(x)) };
    },
  });
}

describeBijection(
  "one condition for the whole batch",
  () => {
    const weight = tidy(() => variable(ones([2])));
    return defineBijection({
      name: "shared",
      inputShape: [2],
      outputShape: [2],
      parameters: { weight },
      config: {},
      forward(x, { condition, where: place }) {
        const t = tanh(mul(condition ?? fail(place, "a condition", condition), weight));
        return { y: mul(x, exp(t)), logDet: () => mul(ones([rows(x)]), sum(t)) };
      },
      inverse(y, { condition, where: place }) {
        const t = tanh(mul(condition ?? fail(place, "a condition", condition), weight));
        return { x: mul(y, exp(neg(t))), logDet: () => mul(ones([rows(y)]), neg(sum(t))) };
      },
    });
  },
  { ...onWasm, condition: (_, random) => random.normal([1, 2]) },
);

describeBijection(
  "far from 0, where float32 rounds a small step off",
  () =>
    layer("far", 2, {
      forward: (x) => add(x, 100),
      inverse: (y) => sub(y, 100),
      logDet: (x) => zeros([rows(x)]),
    }),
  {
    ...onWasm,
    sample: (batch, random) => add(random.normal([batch, 2]), 4000) as Tensor,
    tails: [],
    sampleOutput: (batch, random) => add(random.normal([batch, 2]), 4100) as Tensor,
    outputTails: [],
  },
);

describeBijection(
  "a kink at 0, and a parameter at its cap",
  () => {
    const slope = tidy(() => variable(tensor([0.6, -0.5])));
    const capped = () => clipByValue(slope, -1, 0.6);
    const bent = (x: Tensor, by: Tensor) => where(greater(x, 0), x, mul(x, exp(by)));
    return layer("kinked", 2, {
      parameters: { slope },
      forward: (x) => bent(x, capped()),
      inverse: (y) => bent(y, neg(capped())),
      logDet: (x) => sum(where(greater(x, 0), zerosLike(x), mul(onesLike(x), capped())), 1),
    });
  },
  { ...onWasm, smooth: false },
);

describeBijection(
  "a network without log-det and inverse, from four numbers to two",
  () => {
    const weight = tidy(() => variable(ones([4, 2])));
    return defineBijection({
      name: "network",
      inputShape: [4],
      outputShape: [2],
      traits: { logDet: "none", inverse: "none" },
      parameters: { weight },
      config: {},
      forward: (x) => ({ y: tanh(matMul(x, weight)) }),
    });
  },
  onWasm,
);

/** y = x + 0.8 sin(x) tanh(a), inverted by Newton's method where that knows no bound of its error. */
function newton() {
  const amplitude = tidy(() => variable(tensor([0.4, -0.6])));
  const scale = () => mul(tanh(amplitude), 0.8);
  const forward = (x: Tensor) => add(x, mul(scale(), sin(x)));
  const slope = (x: Tensor) => add(mul(scale(), cos(x)), 1);
  const fixedPoint = (y: Tensor, steps: number) => {
    let x = y;
    for (let n = 0; n < steps; n++) x = sub(y, mul(scale(), sin(x)));
    return x;
  };
  const step = (x: Tensor, y: Tensor) => div(sub(forward(x), y), slope(x));
  return layer("newton", 2, {
    parameters: { amplitude },
    traits: { inverse: "iterative" },
    forward,
    inverse: (y) => fixedPoint(y, 60),
    logDet: (x) => sum(log(slope(x)), 1),
    solver: {
      methods: ["newton"],
      async solve(y, { path }, { tolerance = 1e-4, maxIterations = 100, onCap }) {
        const most = Math.min(maxIterations, 40);
        // Newton's method from a good start; the start counts as evaluations.
        const begin = Math.max(0, most - 3);
        const { x, last } = tidy(() => {
          let now = fixedPoint(y, begin);
          let change = now;
          for (let n = begin; n < most; n++) {
            change = step(now, y);
            now = sub(now, change);
          }
          return { x: now, last: sqrt(sum(square(change), 1)) };
        });
        const steps = Array.from(await last.data());
        dispose(last);
        const found = steps.map((residual) => ({
          iterations: most,
          residual,
          errorBound: Infinity,
          converged: residual <= tolerance / 10,
        }));
        const converged = found.every((row) => row.converged);
        if (!converged && onCap !== "return") {
          dispose(x);
          throw new NotConvergedError(
            `newton: expected steps <= ${tolerance}, received ${Math.max(...steps)}`,
          );
        }
        const evidence: InverseEvidence = {
          path,
          layer: "newton",
          method: "newton",
          iterations: most,
          residual: Math.max(...steps),
          errorBound: Infinity,
          converged,
          rows: found,
        };
        return { x, evidence: [evidence] };
      },
    },
  });
}
describeBijection("Newton's method, which knows no bound", newton, onWasm);

describeBijection(
  "a reshaped image whose conditions are images too",
  () => {
    const weight = tidy(() => variable(ones([1])));
    return defineBijection({
      name: "byImage",
      inputShape: [2, 1],
      outputShape: [1, 2],
      parameters: { weight },
      config: {},
      forward(x, call) {
        const t = shiftOf(call, x);
        return { y: reshape(add(x, t), [rows(x), 1, 2]), logDet: () => zeros([rows(x)]) };
      },
      inverse(y, call) {
        const t = shiftOf(call, y);
        return { x: sub(reshape(y, [rows(y), 2, 1]), t), logDet: () => zeros([rows(y)]) };
      },
    });

    function shiftOf(call: LayerCall, x: Tensor): Tensor {
      const condition = readCondition(call, x, [3, 2]);
      return mul(reshape(tanh(sum(condition, [1, 2])), [rows(x), 1, 1]), weight);
    }
  },
  { ...onWasm, condition: (batch, random) => random.normal([batch, 3, 2]) },
);
