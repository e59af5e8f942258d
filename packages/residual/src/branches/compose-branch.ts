import { NotCertifiedError, ShapeError, UnsupportedError, fail } from "@invertible/errors";
import {
  add,
  checkBatch,
  concat,
  matMul,
  mul,
  prefixed,
  reshape,
  sizeOf,
  scalar,
  stack,
} from "@invertible/ops";
import { controlOf } from "@invertible/bijection";
import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Tensor } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";
import type { BranchStage } from "./stages/branch-stage.ts";
import { cachedByWeights } from "./cached-by-weights.ts";
import type { BoundBranch, BranchCertificate, ContractiveBranch, Linearised } from "./contractive-branch.ts";
import { productAbove } from "./stages/product-above.ts";
import { epsilon, lengths } from "./stages/rounding.ts";
import type { StageRounding } from "./stages/rounding.ts";
import { normRatio } from "../solvers/row-norms.ts";

/** What a branch is composed of. */
export interface ComposeBranchOptions {
  /** Name of the branch, for error messages. */
  readonly name: string;
  /** At least one, in the order in which they act. The last one's output has the shape of the first one's input. */
  readonly stages: readonly BranchStage[];
  /** The p of the l_p norm in which the branch contracts. */
  readonly norm: VectorNorm;
  /** Numbers per example in the condition; 0 without one. */
  readonly conditionFeatures: number;
  /** The JSON from which the branch's type rebuilds it. */
  readonly config: JsonObject;
}

/**
 * Makes a branch g that applies the stages one after another. The caller has checked that their constants multiply to L < 1, or that
 * none of them has one. Parameters and state have the prefixes "0.", "1.", and so on.
 *
 * @throws ShapeError for stages that do not fit each other.
 */
export function composeBranch(options: ComposeBranchOptions): ContractiveBranch {
  const { name, stages, norm, conditionFeatures, config } = options;
  const { inputShape } = stages[0]!;
  checkFits(name, stages);
  const parameters = named(stages, (stage) => stage.parameters);
  const state = named(stages, (stage) => stage.state);
  const certifyIn = async (p: VectorNorm) => {
    const certificates = [];
    for (const stage of stages) certificates.push(await stage.certify(p));
    return {
      lipschitz: productAbove(certificates.map(({ lipschitz }) => lipschitz)),
      operators: certificates.flatMap(({ operators }) => operators),
    };
  };

  const lipschitz = productAbove(stages.map((stage) => stage.lipschitz));
  const certify = cachedByWeights([parameters, state], async (): Promise<BranchCertificate> => {
    const own = await certifyIn(norm);
    const euclidean = norm === 2 ? own : await certifyIn(2);
    return Object.freeze({ ...own, euclidean: euclidean.lipschitz });
  });

  /**
   * The rounding of g, in the branch's norm. Returns factors [stages + 1, 1], by which the lengths of x and of each stage's
   * result are multiplied, and a fixed part.
   */
  const roundingOf = (parts: readonly StageRounding[]) => {
    const factors: Tensor[] = parts.map(() => scalar(0));
    factors.push(scalar(0));
    let fixed: Tensor = scalar(0);
    parts.forEach((part, i) => {
      // The stages behind this one stretch its error by at most their Lipschitz constants.
      const behind = productAbove(stages.slice(i + 1).map((stage) => stage.lipschitz));
      const own = epsilon * normRatio(2, norm, sizeOf(stages[i]!.outputShape)) * behind;
      factors[i] = add(factors[i]!, mul(part.ofInput, own));
      factors[i + 1] = add(factors[i + 1]!, part.ofResult * own);
      fixed = add(fixed, mul(part.fixed, own));
    });
    return { ofLengths: reshape(stack(factors), [-1, 1]), fixed };
  };

  const operators = controlOf(
    stages.map(({ operator }) => operator),
    certify,
  );

  return Object.freeze({
    inputShape,
    conditionFeatures,
    lipschitz,
    norm,
    parameters,
    state,
    config,
    bind(condition?: Tensor): BoundBranch {
      checkCondition(`${name}.bind: condition`, condition, conditionFeatures);
      const bound = stages.map((stage) => stage.bind(condition));
      return {
        value: (x) => bound.reduce((h, stage) => stage.value(h), x),
        withRounding() {
          if (lipschitz === Infinity)
            throw new UnsupportedError(
              `${name}.withRounding: expected a branch with a Lipschitz constant, received one with the coefficient "none"`,
            );
          const { ofLengths, fixed } = roundingOf(bound.map((stage) => stage.withRounding()));
          return (x) => {
            const all = [lengths(x)];
            const value = bound.reduce((h, stage) => {
              const result = stage.value(h);
              all.push(lengths(result));
              return result;
            }, x);
            return { value, rounding: add(matMul(concat(all, 1), ofLengths), fixed) };
          };
        },
        linearise(x): Linearised {
          const parts: Linearised[] = [];
          const value = bound.reduce((h, stage) => {
            const part = stage.linearise(h);
            parts.push(part);
            return part.value;
          }, x);
          return {
            value,
            jvp: (v) => parts.reduce((w, part) => part.jvp(w), v),
            vjp: (w) => parts.reduceRight((v, part) => part.vjp(v), w),
          };
        },
      };
    },
    refresh: operators.refresh,
    ...(operators.isFresh && { isFresh: operators.isFresh }),
    certify,
    async enforce(): Promise<void> {
      await operators.enforce();
      // Nothing is claimed.
      if (lipschitz === Infinity) return;
      const proven = (await certify()).lipschitz;
      if (!(proven <= lipschitz))
        throw new NotCertifiedError(
          `${name}.enforce: expected a proven constant of at most ${lipschitz}, received ${proven}`,
        );
    },
  } satisfies ContractiveBranch);
}

function checkCondition(where: string, condition: Tensor | undefined, features: number): void {
  if (features === 0 && condition !== undefined)
    fail(where, "none, because this branch has conditionFeatures = 0", condition.shape);
  if (features > 0 && condition === undefined)
    fail(where, `a tensor [B, ${features}] from call.condition`, condition);
  if (condition !== undefined) checkBatch(where, condition, [features]);
}

function checkFits(name: string, stages: readonly BranchStage[]): void {
  stages.forEach(({ outputShape }, i) => {
    const { inputShape } = stages[(i + 1) % stages.length]!;
    const fits =
      outputShape.length === inputShape.length && outputShape.every((n, at) => n === inputShape[at]);
    if (!fits)
      throw new ShapeError(
        `${name}: result of layer ${i}: expected [${inputShape.join(", ")}], received [${outputShape.join(", ")}]`,
      );
  });
}

/** Collects variables under "0.", "1.", and so on, in the order of the stages. */
function named(stages: readonly BranchStage[], of: (stage: BranchStage) => NamedVariables): NamedVariables {
  return Object.freeze(
    Object.assign({}, ...stages.map((stage, i) => prefixed(String(i), of(stage)))) as NamedVariables,
  );
}
