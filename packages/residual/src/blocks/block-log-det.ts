import type { LayerCall, Traits } from "@invertible/bijection";
import type { ContractionBounds, Jvp, LogDetEstimator } from "@invertible/log-det";
import { sizeOf } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { Shape, Tensor } from "@invertible/ops";
import type { ContractiveBranch } from "../branches/contractive-branch.ts";

/** How a block's log-det is obtained. */
export interface BlockLogDetOptions {
  /** Used while `call.training`. */
  readonly logDet: LogDetEstimator;
  /** Used otherwise, and behind the block's `traits.logDet`. Default: `logDet`. */
  readonly evaluationLogDet?: LogDetEstimator;
}

export interface BlockLogDet {
  /** log det(I + J) of a batch of x, with the call's random key or its fold by a name. */
  estimate(jvp: Jvp, x: Tensor, call: LayerCall, fold?: string): Tensor;
  readonly traits: Pick<Traits, "logDet" | "logDetBias">;
  readonly config: JsonObject;
}

/**
 * The estimators of a block whose log-det is the sum of one log det(I + J) for every branch, up to signs.
 * @throws ArgumentError from an estimator that does not fit one of the branches.
 */
export function blockLogDet(
  options: BlockLogDetOptions,
  branches: readonly ContractiveBranch[],
): BlockLogDet {
  const { logDet, evaluationLogDet = logDet } = options;
  const bounds: ContractionBounds[] = branches.map(({ lipschitz, inputShape }) => ({
    lipschitz,
    dimension: sizeOf(inputShape),
  }));
  for (const estimator of [logDet, evaluationLogDet]) for (const each of bounds) estimator.check(each);
  return {
    estimate(jvp, x, call, fold) {
      const [batch, ...shape] = x.shape as [number, ...Shape];
      return (call.training ? logDet : evaluationLogDet).estimate({
        jvp,
        batch,
        shape,
        // Not read by an exact log-det, which needs none.
        get random() {
          return fold === undefined ? call.random : call.random.fold(fold);
        },
      });
    },
    traits: {
      logDet: evaluationLogDet.kind,
      logDetBias: bounds.reduce((total, each) => total + evaluationLogDet.bias(each), 0),
    },
    config: { logDet: logDet.config, evaluationLogDet: evaluationLogDet.config },
  };
}
