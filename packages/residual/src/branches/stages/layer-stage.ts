import { add, matMul, mul, prefixed, reshape, scalar, sizeOf, tidy, zeros } from "@invertible/ops";
import type { Activation, NamedVariables, Shape, Tensor } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";
import type { BranchLayer } from "./branch-layer.ts";
import type { BranchStage } from "./branch-stage.ts";
import { productAbove } from "./product-above.ts";
import { lengths, matrixGain, roundingGain } from "./rounding.ts";

/** One layer of a branch, optionally with an activation before it: x -> W [phi](x) + b + c V. Its L is [sup|phi'|] |W|. */
export function layerStage(layer: BranchLayer, phi: Activation | undefined): BranchStage {
  const { operator } = layer;
  const slopes = phi ? [phi.lipschitz] : [];
  const inputShape = phi ? beforeActivation(phi, operator.inputShape) : operator.inputShape;
  return {
    inputShape,
    outputShape: operator.outputShape,
    lipschitz: productAbove([...slopes, operator.coefficient]),
    parameters: {
      ...layerParameters(layer),
      ...(phi && prefixed("activation", phi.parameters)),
    },
    state: operator.state,
    operator,
    bind(condition) {
      const bounded = operator.bind();
      const shift = shiftOf(layer, condition);
      const affine = (x: Tensor) => add(bounded.apply(x), shift);
      const activated = (x: Tensor) => (phi ? phi.value(x) : x);
      return {
        withRounding() {
          // 1 epsilon for the activation's result and 1/2 for adding the shift. A computed shift is at most |W phi(x)| +
          // |result|.
          const computed = condition ? 1 / 2 : 0;
          const gain = roundingGain(operator, bounded, (phi ? 1 : 0) + computed);
          const ofShift = shiftRounding(layer, condition);
          return {
            ofInput: mul(gain, phi?.lipschitz ?? 1),
            ofResult: 1 / 2 + computed,
            // |phi(x)| <= |phi(0)| + sup|phi'| |x|
            fixed: phi ? add(ofShift, mul(gain, lengths(phi.value(zeros([1, ...inputShape]))))) : ofShift,
          };
        },
        value: (x) => affine(activated(x)),
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
    async certify(norm: VectorNorm) {
      const certificate = await operator.certify({ domain: norm, codomain: norm });
      return { lipschitz: productAbove([...slopes, certificate.bound]), operators: [certificate] };
    },
  };
}

/** The parameters of a layer by name. */
export function layerParameters({ operator, bias, conditionWeight }: BranchLayer): NamedVariables {
  return { ...operator.parameters, bias, ...(conditionWeight && { conditionWeight }) };
}

/** The shift bias + c V. Its shape is [channels], or [B, 1, .., channels] with a condition. */
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

/** The rounding error of computing c V, in units of epsilon. Its shape is [B, 1], or it is 0 without a condition. */
export function shiftRounding(
  { operator, conditionWeight }: BranchLayer,
  condition: Tensor | undefined,
): Tensor {
  if (conditionWeight === undefined || condition === undefined) return scalar(0);
  const places = sizeOf(operator.outputShape.slice(0, -1));
  return mul(lengths(condition), mul(matrixGain(conditionWeight), Math.sqrt(places)));
}

/** The shape before an activation. An activation to pairs doubles the last axis. */
function beforeActivation({ expansion }: Activation, shape: Shape): Shape {
  return [...shape.slice(0, -1), shape.at(-1)! / expansion];
}
