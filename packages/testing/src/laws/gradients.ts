import { dispose, valueAndGradients } from "@invertible/ops";
import { forwardOf, inverseOf } from "../trial/direction.ts";
import type { Direction } from "../trial/direction.ts";
import { modesOf } from "../measures/estimates.ts";
import { derivativeAlong } from "../measures/finite-difference.ts";
import { demand } from "../law-violation.ts";
import type { Law } from "../law.ts";
import { demandFinite, euclidean, numbersOf, short } from "../measures/numbers.ts";
import { probeLoss } from "../measures/probe-loss.ts";
import type { ProbeLoss } from "../measures/probe-loss.ts";
import type { Trial } from "../trial/trial.ts";
import { checkEstimatedGradients } from "./estimated-gradients.ts";
import { noInverse } from "./exemptions.ts";

const batch = 3;
/** One of them must agree: the wide one averages rounding out, the narrow one stays between kinks. */
const steps = [2e-2, 4e-3, 1e-3];
/** Also between kinks that lie close, where `smooth` is false. */
const narrowStep = 2e-4;
const kinkedTolerance = 2e-2;

async function checkGradients(trial: Trial, direction: Direction): Promise<void> {
  const modes = await modesOf(trial, direction);
  const exact = modes[0]!.logDet === "exact";
  const loss = probeLoss(trial, direction, batch, exact ? "value and log-det" : "value");
  try {
    const gradients = await gradientsOf(loss, trial);
    for (const [name, gradient] of Object.entries(gradients)) {
      demandFinite(`gradient of ${name}`, gradient);
      await compare(trial, loss, name, gradient);
    }
  } finally {
    loss.dispose();
  }
  for (const { training, logDet } of modes)
    if (logDet === "estimated") await checkEstimatedGradients(trial, direction, training);
}

async function gradientsOf(loss: ProbeLoss, trial: Trial): Promise<Record<string, Float32Array>> {
  const names = Object.keys(loss.variables);
  const result = valueAndGradients(() => loss.tensor(trial.call()), Object.values(loss.variables));
  const numbers = await Promise.all(result.gradients.map(numbersOf));
  dispose([result.value, ...result.gradients]);
  return Object.fromEntries(names.map((name, i) => [name, numbers[i]!]));
}

async function compare(trial: Trial, loss: ProbeLoss, name: string, gradient: Float32Array): Promise<void> {
  const size = euclidean(gradient);
  const smooth = trial.options.smooth ?? true;
  const tolerance = smooth ? trial.tolerances.gradient : Math.max(kinkedTolerance, trial.tolerances.gradient);
  for (const round of [0, 1]) {
    const random = trial.random.fold("direction").fold(name).fold(round);
    const direction = random.normal(loss.variables[name]!.shape);
    const along = random.normalArray(gradient.length);
    const received = gradient.reduce((total, value, i) => total + value * along[i]!, 0);
    const attempts: string[] = [];
    let agreed = false;
    for (const step of smooth ? steps : [...steps, narrowStep]) {
      const expected = await derivativeAlong(loss.variables[name]!, direction, step, () =>
        loss.number(trial.call()),
      );
      const bound = tolerance * size + expected.rounding;
      agreed = Math.abs(received - expected.value) <= bound;
      if (agreed) break;
      attempts.push(`${expected.value} +- ${short(bound)} with step ${step}`);
    }
    dispose(direction);
    demand(
      agreed,
      () =>
        `gradient of ${name}: expected ${attempts.join(", ")} by finite differences, received ${received}`,
    );
  }
}

export const gradientsLaw = {
  name: "gradients",
  statement:
    "reverse mode gives the derivative of forward's value and log-det in the input and in every parameter, each " +
    "example by its own weight",
  check: (trial) => checkGradients(trial, forwardOf(trial)),
} as const satisfies Law;

export const inverseGradientsLaw = {
  name: "inverse gradients",
  statement: "reverse mode gives the derivative of the inverse's value and log-det, likewise",
  exempt: noInverse,
  check: (trial) => checkGradients(trial, inverseOf(trial)),
} as const satisfies Law;

export const liveParametersLaw = {
  name: "live parameters",
  statement: "every parameter has an influence, by a gradient that is not zero",
  async check(trial) {
    const loss = probeLoss(trial, forwardOf(trial), batch, "value and log-det");
    try {
      const gradients = await gradientsOf(loss, trial);
      for (const name of Object.keys(trial.bijection.parameters)) {
        const declared = trial.options.deadParameters?.includes(name) ?? false;
        const zero = euclidean(gradients[name]!) === 0;
        demand(
          zero === declared,
          `parameter ${name}: expected a gradient ${declared ? "of" : "other than"} zero`,
        );
      }
    } finally {
      loss.dispose();
    }
  },
} as const satisfies Law;
