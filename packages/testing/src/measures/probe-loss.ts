import { add, dispose, mul, sum, tidy, variable } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import type { Call } from "@invertible/bijection";
import type { Direction } from "../trial/direction.ts";
import { numbersOf } from "./numbers.ts";
import type { Sampler } from "../trial/options.ts";
import type { Trial } from "../trial/trial.ts";

/**
 * A scalar that sees every output with a weight of its own: sum_i c_i value_i + sum_b w_b logDet_b. The w_b differ
 * between examples, so that a gradient which uses one example's weight for all is found out.
 */
export interface ProbeLoss {
  readonly input: Variable;
  /** Conditions of the examples, of a layer that needs them. */
  readonly condition?: Variable;
  /** Everything the loss may depend on: the parameters, the input as "x" or "y", and the "condition". */
  readonly variables: Readonly<Record<string, Variable>>;
  /** As a tensor, for reverse mode. */
  tensor(call: Call): Tensor;
  /** In float64, with the rounding error to expect of it. */
  number(call: Call): Promise<{ value: number; rounding: number }>;
  /** [batch] */
  readonly logDetWeights: Tensor;
  dispose(): void;
}

const float32 = 2 ** -23;

/** Which results of a layer a probed loss contains. A layer without a log-det gives its value, whatever is asked for. */
export type ProbedTerms = "value and log-det" | "value";

/**
 * A loss that every result of a layer enters with a random weight, and the inputs at which it is taken.
 *
 * @param sample default: typical inputs of the direction.
 */
export function probeLoss(
  trial: Trial,
  direction: Direction,
  batch: number,
  terms: ProbedTerms,
  sample: Sampler = direction.sample,
): ProbeLoss {
  const random = trial.random.fold("probe");
  const input = tidy(() => variable(sample(batch, random.fold("input")), true));
  const valueWeights = random.fold("value").normal([batch, ...direction.toShape]);
  const logDetWeights = random.fold("log-det").normal([batch]);
  const withLogDet = terms !== "value" && trial.bijection.traits.logDet !== "none";
  const { conditions } = trial;
  const condition = conditions && tidy(() => variable(conditions.of(batch), true));
  const given = condition && { condition };

  return {
    input,
    ...given,
    variables: { ...trial.bijection.parameters, [direction.from]: input, ...given },
    logDetWeights,
    tensor(call) {
      if (!withLogDet) return sum(mul(direction.value(input, { ...call, ...given }), valueWeights));
      const { value, logDet } = direction.results(input, { ...call, ...given });
      return add(sum(mul(value, valueWeights)), sum(mul(logDet!, logDetWeights)));
    },
    async number(call) {
      const results = direction.results(input, { ...call, ...given });
      const products = [
        ...(await productsOf(results.value, valueWeights)),
        ...(withLogDet ? await productsOf(results.logDet!, logDetWeights) : []),
      ];
      dispose(Object.values(results));
      const size = Math.sqrt(products.reduce((total, p) => total + p * p, 0));
      return { value: products.reduce((total, p) => total + p, 0), rounding: 4 * float32 * size };
    },
    dispose: () => dispose([input, valueWeights, logDetWeights, ...(condition ? [condition] : [])]),
  };
}

async function productsOf(a: Tensor, b: Tensor): Promise<number[]> {
  const [left, right] = [await numbersOf(a), await numbersOf(b)];
  return Array.from(left, (value, i) => value * right[i]!);
}
