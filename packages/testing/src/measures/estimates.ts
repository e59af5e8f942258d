import { concat, dispose, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Direction } from "../trial/direction.ts";
import { demand } from "../law-violation.ts";
import { bitEqual, numbersOf } from "./numbers.ts";
import type { Trial } from "../trial/trial.ts";

/** False positives at four standard errors: 6 in 100 000 comparisons, and the keys are fixed. */
export const standardErrors = 4;
export const defaultKeys = 50;
/**
 * Copies of each example per call, which have noise of their own in most layers: small calls cost overhead, so this
 * buys precision for little. The test stays right where the copies share their noise, as statistics go by key.
 */
export const replicas = 16;

/** [batch, ...] -> [replicas * batch, ...] */
export function replicate(x: Tensor): Tensor {
  return concat(Array<Tensor>(replicas).fill(x), 0);
}

/** How the log-det is to be judged in a mode. */
export interface Mode {
  readonly training: boolean;
  readonly logDet: "exact" | "estimated" | "none";
}

/**
 * Evaluation, judged by the trait; and training, where its log-dets differ from those of evaluation: then they are
 * estimates, whatever the trait says about evaluation. Where training has a map of its own, its log-dets belong to that, and the law
 * "training" compares them.
 */
export async function modesOf(trial: Trial, direction: Direction): Promise<Mode[]> {
  const { traits } = trial.bijection;
  if (traits.logDet === "none") return [{ training: false, logDet: "none" }];
  const x = direction.sample(2, trial.random.fold("modes"));
  const draw = async (training: boolean) => {
    const results = direction.results(x, { ...trial.call(), training });
    const numbers = await numbersOf(results.logDet!);
    dispose(Object.values(results));
    return numbers;
  };
  const same = bitEqual(await draw(true), await draw(false));
  dispose(x);
  const exact = traits.logDet === "exact";
  const evaluation: Mode = { training: false, logDet: exact ? "exact" : "estimated" };
  return same || traits.trainingMap === "batch-statistics"
    ? [evaluation]
    : [evaluation, { training: true, logDet: "estimated" }];
}

/**
 * The bound on |bias| that the law allows, in nats: in evaluation what the layer claims, in training what its test says.
 * @throws LawViolation for a biased log-det without a bound.
 */
export function allowedBias({ bijection, options }: Trial, training: boolean): number {
  const claimed = bijection.traits.logDetBias;
  const bias = training ? (options.trainingLogDetBias ?? claimed) : claimed;
  demand(
    bias < Infinity,
    () => `expected traits.logDetBias of ${bijection.name} to bound its biased log-det, received ${bias}`,
  );
  return bias;
}

/** Log-dets of every example, by key; each the mean of its replicas. */
export async function logDetDraws(
  trial: Trial,
  direction: Direction,
  x: Tensor,
  training: boolean,
  keys = trial.options.keys ?? defaultKeys,
) {
  const many = replicate(x);
  const batch = x.shape[0]!;
  const { conditions } = trial;
  const condition = conditions && tidy(() => replicate(conditions.of(batch)));
  const draws: number[][] = [];
  for (let key = 0; key < keys; key++) {
    const results = direction.results(many, {
      ...trial.call(`draw ${key}`),
      training,
      ...(condition && { condition }),
    });
    const numbers = await numbersOf(results.logDet!);
    dispose(Object.values(results));
    const mean = (i: number) =>
      numbers.reduce((total, number, at) => (at % batch === i ? total + number / replicas : total), 0);
    draws.push(Array.from({ length: batch }, (_, i) => mean(i)));
  }
  dispose(condition ? [many, condition] : many);
  return draws;
}
