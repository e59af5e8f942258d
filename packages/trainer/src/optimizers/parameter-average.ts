import { checkMembers, checkOptions, fail } from "@invertible/errors";
import { add, clone, dispose, mul, sub, tidy } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import type { RefreshOptions } from "@invertible/bijection";
import type { TrainedModel } from "../objectives/objective.ts";
import { parameterLayout } from "./parameter-layout.ts";

/**
 * An exponential moving average of a model's parameters, which often evaluates better than the last parameters. The caller owns
 * it, and `train` fills it.
 */
export interface ParameterAverage {
  /** The weight of the previous average in each step, in (0, 1). */
  readonly decay: number;
  /** The flow or classifier whose parameters are averaged. */
  readonly model: TrainedModel;
  /** All averages in the order of the parameters' names, [N]. Undefined before training. */
  readonly vector: Tensor | undefined;
  /** Runs `task` with the averages in the model's parameters. Afterwards parameters and state are put back bit by bit. */
  use<T>(task: () => Promise<T>, refresh?: RefreshOptions): Promise<T>;
  /** Puts the averages into the model's parameters for good. */
  apply(refresh?: RefreshOptions): Promise<void>;
  /** Called by the trainer after each step: a <- a + (1 - decay) (p - a). */
  update(parameters: Tensor): void;
  /** Called by the trainer to set the average. It takes ownership of the tensor. */
  replace(vector: Tensor | undefined): void;
  /** Frees the average. */
  dispose(): void;
}

/** How spectral norms are updated after the weights have been exchanged. */
const afterSwap: RefreshOptions = { tolerance: 1e-3 };

/**
 * Makes a Polyak average with an exponential window: a_t = decay a_(t-1) + (1 - decay) p_t. It starts at the parameters that
 * training starts from, so no bias correction is needed.
 *
 * @throws ArgumentError for a decay outside (0, 1).
 * @see Polyak, Juditsky (1992); Chen et al. (2019), arXiv 1906.02735, appendix E (decay 0.999)
 *
 * @example
 * ```ts
 * const averaging = parameterAverage({ model: flow, decay: 0.999 });
 * for await (const event of train({ flow, data, batchSize: 64, steps: 1000, optimizer: adam(), random, averaging })) { }
 * const result = await averaging.use(() => evaluate({ flow, data: test, random }));
 * averaging.dispose();
 * ```
 */
export function parameterAverage(options: {
  /** A flow, a classifier, or an objective, whose variables are those of its models together. */
  readonly model: TrainedModel;
  readonly decay: number;
}): ParameterAverage {
  checkOptions("parameterAverage", options, { model: "required", decay: "required" });
  const { model, decay } = options;
  checkMembers("parameterAverage.model", "a flow or another model", model, [
    "parameters",
    "state",
    "refresh",
  ]);
  if (!(decay > 0 && decay < 1)) fail("parameterAverage.decay", "a number in (0, 1)", decay);
  const layout = parameterLayout(model.parameters);
  let vector: Tensor | undefined;
  const replace = (next: Tensor | undefined) => {
    if (vector) dispose(vector);
    vector = next;
  };
  const apply = async (refresh: RefreshOptions) => {
    if (!vector) fail("parameterAverage", "an average: train with `averaging` first", "none");
    const average = vector;
    tidy(() => layout.assign(average));
    await model.refresh(refresh);
  };
  return {
    decay,
    model,
    get vector() {
      return vector;
    },
    async use(task, refresh = afterSwap) {
      const variables = [...layout.variables, ...Object.values(model.state)];
      const saved = tidy(() => variables.map((variable) => clone(variable)));
      try {
        await apply(refresh);
        return await task();
      } finally {
        variables.forEach((variable: Variable, i) => variable.assign(saved[i]!));
        dispose(saved);
      }
    },
    apply: (refresh = afterSwap) => apply(refresh),
    update(parameters) {
      const old = vector ?? fail("parameterAverage.update", "a beginning, from `replace`", "none");
      replace(tidy(() => add(old, mul(sub(parameters, old), 1 - decay))));
    },
    replace,
    dispose: () => replace(undefined),
  };
}
