import { add, matMul, reshape, tidy } from "@invertible/ops";
import type { Activation, NamedVariables, Tensor, Variable } from "@invertible/ops";
import type { LipschitzOperator, VectorNorm } from "@invertible/spectral-norm";
import type { BranchStage } from "./branch-stage.ts";
import { lineariseActivation } from "./for-the-moment.ts";
import { productAbove } from "./product-above.ts";

/** One layer of a branch: its operator, and what is added to the operator's result. */
export interface BranchLayer {
  readonly operator: LipschitzOperator;
  /** [channels], added on the last axis. */
  readonly bias: Variable;
  /** V [conditionFeatures, channels]: the bias of an example with condition c is bias + c V. */
  readonly conditionWeight?: Variable;
}

/** x -> W [phi](x) + b + c V. L = [sup|phi'|] |W|. */
export function layerStage(layer: BranchLayer, phi: Activation | undefined): BranchStage {
  const { operator, bias, conditionWeight } = layer;
  const slopes = phi ? [phi.lipschitz] : [];
  return {
    inputShape: operator.inputShape,
    outputShape: operator.outputShape,
    lipschitz: productAbove([...slopes, operator.coefficient]),
    parameters: {
      ...operator.parameters,
      bias,
      ...(conditionWeight && { conditionWeight }),
      ...(phi && prefixed("activation", phi.parameters)),
    },
    state: operator.state,
    bind(condition) {
      const bounded = operator.bind();
      const shift = shiftOf(layer, condition);
      const affine = (x: Tensor) => add(bounded.apply(x), shift);
      return {
        value: (x) => affine(phi ? phi.value(x) : x),
        linearise(x) {
          if (!phi) return { value: affine(x), jvp: (v) => bounded.apply(v), vjp: (w) => bounded.adjoint(w) };
          const activated = lineariseActivation(phi, x);
          return {
            value: affine(activated.value),
            jvp: (v) => tidy(() => bounded.apply(activated.jvp(v))),
            vjp: (w) => tidy(() => activated.vjp(bounded.adjoint(w))),
          };
        },
      };
    },
    refresh: (options) => operator.refresh(options),
    async certify(norm: VectorNorm) {
      const certificate = await operator.certify({ domain: norm, codomain: norm });
      return { lipschitz: productAbove([...slopes, certificate.bound]), operators: [certificate] };
    },
    enforce: () => operator.enforce(),
  };
}

/** bias + c V, [channels] or, with a condition, [B, 1, .., channels]. */
function shiftOf({ operator, bias, conditionWeight }: BranchLayer, condition: Tensor | undefined): Tensor {
  if (conditionWeight === undefined || condition === undefined) return bias;
  return tidy(() => {
    const shift = add(matMul(condition, conditionWeight), bias);
    const between = operator.outputShape.slice(1).map(() => 1);
    return reshape(shift, [shift.shape[0]!, ...between, bias.size]);
  });
}

/** `variables` under names that start with `prefix` and a dot. */
export function prefixed(prefix: string, variables: NamedVariables): NamedVariables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [`${prefix}.${name}`, variable]),
  );
}
