import type { Bijection } from "@invertible/bijection";
import { exactLogDet } from "@invertible/log-det";
import type { InverseMethod } from "@invertible/residual";
import type { Random } from "@invertible/ops";
import { bottleneckBranch, denseBranch, residualBlock } from "@invertible/residual";

export const inverseMethods = ["banach", "anderson", "broyden"] as const satisfies readonly InverseMethod[];

/** Bound on the error of each row that is iterated to: one that float32 can promise also where L = 0.99^2. */
export const inverseTolerance = 1e-3;

/** A block to invert; `coefficient` is c of each of its layers. */
export interface InverseCase {
  readonly name: string;
  readonly coefficient: number;
  readonly batchSize: number;
  readonly build: (random: Random) => Bijection;
}

/** Orthogonal weights, and an activation of slope 1 on one side: contracts about as slowly as c^2 allows. */
const slow = (features: number, coefficient: number): InverseCase => ({
  name: `orthogonal ${features}-${features}-${features}, elu`,
  coefficient,
  batchSize: 64,
  build: (random) =>
    residualBlock({
      branch: denseBranch({
        features,
        hidden: [features],
        activation: "elu",
        coefficient,
        preactivation: false,
        parametrisation: "orthogonal",
        random,
      }),
      logDet: exactLogDet(),
    }),
});

/** As it comes from its initialisation: far more contractive than its bound. */
const ordinary = (coefficient: number): InverseCase => ({
  name: "convolutions 3-1-3, 8x8x4, 16 channels",
  coefficient,
  batchSize: 16,
  build: (random) =>
    residualBlock({
      branch: bottleneckBranch({
        inputShape: [8, 8, 4],
        hidden: 16,
        activation: "lipSwish",
        coefficient,
        preactivation: false,
        random,
      }),
      logDet: exactLogDet({ maxDimension: 256 }),
    }),
});

export const inverseCases: readonly InverseCase[] = [
  ...[0.5, 0.9, 0.97, 0.99].map((coefficient) => slow(8, coefficient)),
  // The eigenvalues of its Jacobians fill a disc in 64 dimensions, which leaves little to accelerate.
  slow(64, 0.97),
  ...[0.5, 0.9, 0.97].map(ordinary),
];
