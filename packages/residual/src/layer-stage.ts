import { add, matMul, prefixed, reshape, tidy } from "@invertible/ops";
import type { Activation, NamedVariables, Shape, Tensor } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";
import type { BranchLayer } from "./branch-layer.ts";
import type { BranchStage } from "./branch-stage.ts";
import { productAbove } from "./product-above.ts";

/** x -> W [phi](x) + b + c V. L = [sup|phi'|] |W|. */
export function layerStage(layer: BranchLayer, phi: Activation | undefined): BranchStage {
  const { operator } = layer;
  const slopes = phi ? [phi.lipschitz] : [];
  return {
    inputShape: phi ? beforeActivation(phi, operator.inputShape) : operator.inputShape,
    outputShape: operator.outputShape,
    lipschitz: productAbove([...slopes, operator.coefficient]),
    parameters: {
      ...layerParameters(layer),
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
          const activated = phi.linearise(x);
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

export function layerParameters({ operator, bias, conditionWeight }: BranchLayer): NamedVariables {
  return { ...operator.parameters, bias, ...(conditionWeight && { conditionWeight }) };
}

/** bias + c V, [channels] or, with a condition, [B, 1, .., channels]. */
export function shiftOf(
  { operator, bias, conditionWeight }: BranchLayer,
  condition: Tensor | undefined,
): Tensor {
  if (conditionWeight === undefined || condition === undefined) return bias;
  return tidy(() => {
    const shift = add(matMul(condition, conditionWeight), bias);
    const between = operator.outputShape.slice(1).map(() => 1);
    return reshape(shift, [shift.shape[0]!, ...between, bias.size]);
  });
}

/** An activation to pairs doubles the last axis. */
function beforeActivation({ expansion }: Activation, shape: Shape): Shape {
  return [...shape.slice(0, -1), shape.at(-1)! / expansion];
}
