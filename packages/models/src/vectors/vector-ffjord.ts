import { chain } from "@invertible/bijection";
import { continuousBlock, denseDynamics } from "@invertible/continuous";
import type { OdeOptions, TraceEstimator } from "@invertible/continuous";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { checkActivation, checkRandom, freeingVariables } from "@invertible/ops";
import type { ActivationName, Random } from "@invertible/ops";
import { checkBase, createBase } from "../base-options.ts";
import type { BaseName } from "../base-options.ts";

/** Options of `vectorFfjord`. */
export interface VectorFfjordOptions extends OdeOptions {
  /** Numbers in one example. */
  readonly features: number;
  /** Key for initial weights. */
  readonly random: Random;
  /** How many differential equations are solved one after another. Default 1. */
  readonly blocks?: number;
  /** Widths of the hidden layers in each network f(t, z). Default [64, 64, 64]. */
  readonly hidden?: readonly number[];
  /** Activation of these networks. Default "tanh". */
  readonly activation?: ActivationName;
  /** The end of the time interval of each block. Default 0.5. */
  readonly time?: number;
  /** The trace in training. Default `exactTrace()`, which suits few features; take `hutchinsonTrace()` for many. */
  readonly trace?: TraceEstimator;
  /** The trace in evaluation. Default: `trace`. */
  readonly evaluationTrace?: TraceEstimator;
  /** How many numbers `call.condition` [B, k] has for each example. Every block sees them. Default 0, which means no condition. */
  readonly conditionFeatures?: number;
  /** The density of the latents. Default "diagonalNormal". */
  readonly base?: BaseName;
}

/**
 * FFJORD for vectors, [B, features]. Each block is an act-norm and the solution of dz/dt = f(t, z) at `time`, where f is a
 * perceptron of concat-squash layers. `method`, `steps` and `gradient` are those of `continuousBlock`.
 *
 * The network, its activation and the time are those of the published experiments in 2-D. Here the time is fixed and not
 * learned, steps have a fixed length, each block has an act-norm, and the base learns its mean and scale.
 *
 * @throws ArgumentError for options out of range.
 * @see Grathwohl et al. (2019), arXiv 1810.01367
 */
export function vectorFfjord(options: VectorFfjordOptions): Flow {
  checkOptions("vectorFfjord", options, {
    features: "required",
    random: "required",
    blocks: "optional",
    hidden: "optional",
    activation: "optional",
    time: "optional",
    method: "optional",
    steps: "optional",
    gradient: "optional",
    trace: "optional",
    evaluationTrace: "optional",
    conditionFeatures: "optional",
    base: "optional",
  });
  const { features, random, blocks = 1, hidden = [64, 64, 64], activation = "tanh", time = 0.5 } = options;
  const {
    method,
    steps,
    gradient,
    trace,
    evaluationTrace,
    conditionFeatures = 0,
    base = "diagonalNormal",
  } = options;
  checkRandom("vectorFfjord: random", random);
  checkPositiveInteger("vectorFfjord.features", features);
  checkPositiveInteger("vectorFfjord.blocks", blocks);
  if (hidden.length === 0) fail("vectorFfjord.hidden", "at least one width", hidden);
  hidden.forEach((width) => checkPositiveInteger("vectorFfjord.hidden", width));
  checkActivation("vectorFfjord.activation", activation);
  checkBase("vectorFfjord.base", base);

  return freeingVariables(() => {
    const parts = Array.from({ length: blocks }, (_, block) => {
      const key = random.fold("block").fold(block);
      const dynamics = denseDynamics({ features, hidden, activation, conditionFeatures, random: key });
      const continuous = continuousBlock({
        dynamics,
        time,
        ...(method !== undefined && { method }),
        ...(steps !== undefined && { steps }),
        ...(gradient !== undefined && { gradient }),
        ...(trace !== undefined && { trace }),
        ...(evaluationTrace !== undefined && { evaluationTrace }),
      });
      return [actNorm({ inputShape: [features] }), continuous];
    }).flat();
    return createFlow({ bijection: chain(parts), base: createBase(base, [features]) });
  });
}
