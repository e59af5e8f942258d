import type { BijectionDefinition, LayerCall } from "@invertible/bijection";
import {
  add,
  div,
  exp,
  log,
  mean,
  mul,
  neg,
  ones,
  sqrt,
  square,
  sub,
  sum,
  tidy,
  variable,
  zeros,
} from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";

/** Mean and variance of each channel. */
export interface SoundStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

export interface SoundBatchNorm extends BijectionDefinition {
  readonly variables: {
    readonly logScale: Variable;
    readonly runningMean: Variable;
    readonly runningVariance: Variable;
  };
}

/** Where a defect can be put. */
export interface BatchNormDefects {
  /** Makes the statistics of a training batch another. */
  readonly batch?: (statistics: SoundStatistics) => SoundStatistics;
  /** Makes those in the log-det another. In evaluation both arguments are the same. */
  readonly inLogDet?: (statistics: SoundStatistics, running: SoundStatistics) => SoundStatistics;
  /** Tells of the statistics of a training batch in another way. */
  readonly tell?: (statistics: SoundStatistics, call: LayerCall, own: SoundBatchNorm["variables"]) => void;
}

const shape = [2, 2] as const;
const positions = 2;
const epsilon = 1e-3;

/** The exponential average that the statistics of a training batch enter. */
export function averaged(running: Tensor, batch: Tensor): Tensor {
  return add(mul(running, 0.7), mul(batch, 0.3));
}

const proposeBoth: NonNullable<BatchNormDefects["tell"]> = (batch, { stateUpdates }, own) => {
  stateUpdates?.propose(own.runningMean, averaged(own.runningMean, batch.mean));
  stateUpdates?.propose(own.runningVariance, averaged(own.runningVariance, batch.variance));
};

/** y = exp(logScale) (x - mean) / sqrt(variance + 1e-3) by channel of [2, 2], with statistics of the batch in training. */
export function soundBatchNorm({
  batch = (statistics) => statistics,
  inLogDet = (statistics) => statistics,
  tell = proposeBoth,
}: BatchNormDefects = {}): SoundBatchNorm {
  const variables = tidy(() => ({
    logScale: variable(zeros([2])),
    runningMean: variable(zeros([2]), false),
    runningVariance: variable(ones([2]), false),
  }));
  const { logScale, runningMean, runningVariance } = variables;
  const running = { mean: runningMean, variance: runningVariance };
  const spread = (variance: Tensor) => sqrt(add(variance, epsilon));
  const logDet = (x: Tensor, { variance }: SoundStatistics) =>
    mul(ones([x.shape[0]!]), mul(sum(sub(logScale, log(spread(variance)))), positions));
  const ofBatch = (x: Tensor): SoundStatistics => {
    const center = mean(x, [0, 1]);
    return batch({ mean: center, variance: mean(square(sub(x, center)), [0, 1]) });
  };
  return {
    variables,
    name: "soundBatchNorm",
    inputShape: shape,
    outputShape: shape,
    parameters: { logScale },
    state: { runningMean, runningVariance },
    config: {},
    traits: { trainingMap: "batch-statistics" },
    forward(x, call) {
      const statistics = call.training ? ofBatch(x) : running;
      if (call.training) tell(statistics, call, variables);
      return {
        y: mul(sub(x, statistics.mean), div(exp(logScale), spread(statistics.variance))),
        logDet: () => logDet(x, inLogDet(statistics, running)),
      };
    },
    inverse: (y) => ({
      x: add(mul(y, mul(exp(neg(logScale)), spread(runningVariance))), runningMean),
      logDet: () => neg(logDet(y, running)),
    }),
  };
}
