import type { BijectionDefinition } from "@invertible/bijection";
import {
  add,
  dispose,
  exp,
  mean,
  mul,
  neg,
  ones,
  scalar,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  tidy,
  variable,
  zeros,
} from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";

export interface SoundStarted extends BijectionDefinition {
  readonly variables: { readonly logScale: Variable; readonly shift: Variable; readonly started: Variable };
  readonly starter: { start(x: Tensor): Promise<void> };
}

export interface StartDefects {
  /** Spreads below count as this one. Default 1e-3. */
  readonly floor?: number;
  /** Whether a start has happened is asked and told here instead of in state. */
  readonly flag?: { started: boolean };
}

/** y = x * exp(logScale) + shift on [2], whose start gives each feature of its first batch mean 0 and variance 1. */
export function soundStarted({ floor = 1e-3, flag }: StartDefects = {}): SoundStarted {
  const variables = tidy(() => ({
    logScale: variable(zeros([2])),
    shift: variable(zeros([2])),
    started: variable(scalar(0), false),
  }));
  const { logScale, shift, started } = variables;
  const logDet = (x: Tensor) => mul(ones([x.shape[0]!]), sum(logScale));
  return {
    variables,
    name: "soundStarted",
    inputShape: [2],
    outputShape: [2],
    parameters: { logScale, shift },
    state: { started },
    config: { floor },
    forward: (x) => ({ y: add(mul(x, exp(logScale)), shift), logDet: () => logDet(x) }),
    inverse: (y) => ({ x: mul(sub(y, shift), exp(neg(logScale))), logDet: () => neg(logDet(y)) }),
    starter: {
      async start(x) {
        if (flag ? flag.started : (await started.data())[0] === 1) return;
        const [center, spread] = tidy(() => {
          const middle = mean(x, 0);
          return [middle, sqrt(mean(square(sub(x, middle)), 0))] as [Tensor, Tensor];
        });
        const spreads = Array.from(await spread.data(), (value) => Math.max(value, floor));
        const centers = await center.data();
        const values = {
          logScale: tensor(spreads.map((value) => -Math.log(value))),
          shift: tensor(spreads.map((value, i) => -centers[i]! / value)),
          started: scalar(1),
        };
        logScale.assign(values.logScale);
        shift.assign(values.shift);
        if (flag) flag.started = true;
        else started.assign(values.started);
        dispose([center, spread, ...Object.values(values)]);
      },
    },
  };
}
