import { defineBijection } from "@invertible/bijection";
import { add, mul, stopGradient } from "@invertible/ops";
import type { Mutant } from "../mutant.ts";
import { averaged, soundBatchNorm } from "../sound/sound-batch-norm.ts";
import type { BatchNormDefects } from "../sound/sound-batch-norm.ts";

const defective = (defects: BatchNormDefects) => () => defineBijection(soundBatchNorm(defects));

/** Defects of layers whose map depends on the batch in training. */
export const batchStatisticsMutants: readonly Mutant[] = [
  {
    defect: "a training map of its own is not declared",
    law: "training",
    says: "forward's value in training: expected that of evaluation",
    factory: () => defineBijection({ ...soundBatchNorm(), traits: {} }),
  },
  {
    defect: "statistics of the batch never reach the state",
    law: "training",
    says: "forward's value in training: expected that of evaluation",
    factory: defective({ tell: () => undefined }),
  },
  {
    defect: "the running variance is forgotten",
    law: "training",
    says: "forward's value in training, once the state has settled on a batch",
    factory: defective({
      tell: ({ mean }, { stateUpdates }, { runningMean }) =>
        stateUpdates?.propose(runningMean, averaged(runningMean, mean)),
    }),
  },
  {
    defect: "running statistics are of another variance than the batch's",
    law: "training",
    says: "forward's value in training, once the state has settled on a batch",
    factory: defective({
      tell({ mean, variance }, { stateUpdates }, { runningMean, runningVariance }) {
        stateUpdates?.propose(runningMean, averaged(runningMean, mean));
        stateUpdates?.propose(runningVariance, averaged(runningVariance, mul(variance, 6 / 5)));
      },
    }),
  },
  {
    defect: "the log-det in training is that of other statistics",
    law: "training",
    says: "forward's logDet in training, once the state has settled on a batch",
    factory: defective({
      inLogDet: (batch, running) =>
        batch === running ? running : { mean: batch.mean, variance: mul(batch.variance, 1.01) },
    }),
  },
  {
    defect: "running statistics grow without end",
    law: "training",
    says: "expected the state to settle within 2000 training calls",
    factory: defective({
      tell({ mean, variance }, { stateUpdates }, { runningMean, runningVariance }) {
        stateUpdates?.propose(runningMean, averaged(runningMean, mean));
        stateUpdates?.propose(runningVariance, add(runningVariance, mul(variance, 0.1)));
      },
    }),
  },
  {
    defect: "forward moves the running statistics by itself",
    law: "state",
    says: "runningMean: expected no call to change it",
    factory: defective({
      tell({ mean }, _, { runningMean }) {
        runningMean.assign(averaged(runningMean, mean));
      },
    }),
  },
  {
    defect: "no gradient flows through the mean of the batch",
    law: "gradients",
    says: "gradient of x in training",
    factory: defective({ batch: ({ mean, variance }) => ({ mean: stopGradient(mean), variance }) }),
  },
  {
    defect: "no gradient of the log-det flows through the variance of the batch",
    law: "gradients",
    says: "gradient of x in training",
    factory: defective({
      inLogDet: ({ mean, variance }) => ({ mean, variance: stopGradient(variance) }),
    }),
  },
];
