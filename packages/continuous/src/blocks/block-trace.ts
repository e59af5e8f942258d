import type { LayerCall } from "@invertible/bijection";
import { checkMembers } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import { sizeOf } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import type { TraceVectors } from "../solvers/slope.ts";
import { exactTrace } from "../traces/exact-trace.ts";
import type { TraceEstimator } from "../traces/trace-estimator.ts";
import { checkTrace } from "./ode-options.ts";

/** How a block obtains the trace of df/dz. */
export interface BlockTraceOptions {
  /** The estimator while `call.training` is true. Default `exactTrace()`, which suits few numbers per example. */
  readonly trace?: TraceEstimator;
  /** The estimator otherwise, which `traits.logDet` describes. Default: `trace`. */
  readonly evaluationTrace?: TraceEstimator;
}

/** The estimators of a block, chosen by the mode of a call. */
export interface BlockTrace {
  readonly kind: "exact" | "unbiased";
  readonly config: JsonObject;
  /** The vectors for one solve. Draws from the call's key, unless the trace is exact. */
  vectors(z: Tensor, call: LayerCall): TraceVectors;
}

/**
 * Checks the estimators of a block.
 *
 * @throws ArgumentError for what is no estimator, and for one that does not suit the block.
 */
export function blockTrace(
  layer: string,
  options: BlockTraceOptions,
  inputShape: Shape,
  steps: number,
): BlockTrace {
  const { trace = exactTrace(), evaluationTrace = trace } = options;
  for (const [name, estimator] of Object.entries({ trace, evaluationTrace })) {
    const where = `${layer}: ${name}`;
    checkMembers(where, "an estimator such as exactTrace()", estimator, ["vectors", "check"]);
    checkTrace(where, estimator, sizeOf(inputShape), steps);
  }
  return {
    kind: evaluationTrace.kind,
    config: { trace: trace.config, evaluationTrace: evaluationTrace.config },
    vectors(z, call) {
      const estimator = call.training ? trace : evaluationTrace;
      const [batch, ...shape] = z.shape as [number, ...Shape];
      const vectors = estimator.vectors({
        batch,
        shape,
        // A getter, because an exact trace needs no key and the caller may not have passed one.
        get random() {
          return call.random.fold("probes");
        },
      });
      return { vectors, weight: estimator.weight };
    },
  };
}
