import { UnsupportedError, checkMembers, fail } from "@invertible/errors";
import type { LayerCall, Traits } from "@invertible/bijection";
import type { ContractionBounds, Jvp, LogDetEstimator } from "@invertible/log-det";
import { sizeOf } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { Shape, Tensor } from "@invertible/ops";
import type { ContractiveBranch } from "../branches/contractive-branch.ts";

/** How the log-det of a block is estimated. */
export interface BlockLogDetOptions {
  /**
   * The estimator used while `call.training` is true. Without it the block has no log-det, and its `traits.logDet` is "none". This suits
   * a classifier, which asks for none.
   */
  readonly logDet?: LogDetEstimator;
  /** The estimator used otherwise. The block's `traits.logDet` describes this one. Default: `logDet`. It is nothing without that. */
  readonly evaluationLogDet?: LogDetEstimator;
}

/** The estimators of a block, chosen by the mode of the call. */
export interface BlockLogDet {
  /**
   * Estimates log det(I + J) [B] of a batch x, where `jvp` multiplies by J. Draws from the call's random key, or from its fold
   * by a name.
   */
  estimate(jvp: Jvp, x: Tensor, call: LayerCall, fold?: string): Tensor;
  /** What the estimator of evaluation claims about the block. */
  readonly traits: Pick<Traits, "logDet" | "logDetBias">;
  /** The JSON from which both estimators are rebuilt. */
  readonly config: JsonObject;
}

/**
 * Prepares the estimators of a block whose log-det is a sum of one log det(I + J) for each branch, up to signs.
 *
 * @throws ArgumentError from an estimator that does not fit one of the branches, and for one for evaluation alone.
 */
export function blockLogDet(
  layer: string,
  options: BlockLogDetOptions,
  branches: readonly ContractiveBranch[],
): BlockLogDet {
  const { logDet, evaluationLogDet = logDet } = options;
  if (logDet === undefined || evaluationLogDet === undefined) return withoutLogDet(layer, options);
  for (const [name, estimator] of Object.entries({ logDet, evaluationLogDet }))
    checkMembers(`${layer}: ${name}`, "an estimator such as exactLogDet()", estimator, ["estimate", "check"]);
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
        // A getter, because an exact log-det needs no key and the caller may not have passed one.
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

function withoutLogDet(layer: string, { evaluationLogDet }: BlockLogDetOptions): BlockLogDet {
  if (evaluationLogDet !== undefined)
    fail(`${layer}: evaluationLogDet`, "none, because there is no logDet beside it", evaluationLogDet.config);
  return {
    estimate() {
      // The block's trait keeps everybody from asking.
      throw new UnsupportedError(`${layer}: expected the option logDet, received none`);
    },
    traits: { logDet: "none", logDetBias: 0 },
    config: {},
  };
}
