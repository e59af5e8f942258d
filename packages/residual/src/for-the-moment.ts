// Stands in for what ops and spectral-norm are about to provide; goes away with them.
import { UnsupportedError, mul, reshape } from "@invertible/ops";
import type { Activation, Tensor } from "@invertible/ops";
import type { CappedOperator, LipschitzOperator } from "@invertible/spectral-norm";
import type { Linearised } from "./contractive-branch.ts";

export function lineariseActivation(phi: Activation, x: Tensor): Linearised {
  const slope = phi.derivative(x);
  const product = (v: Tensor) => {
    if (v.shape[0] === x.shape[0]) return mul(slope, v);
    return reshape(mul(slope, reshape(v, [-1, ...x.shape])), v.shape);
  };
  return { value: phi.value(x), jvp: product, vjp: product };
}

export function asLipschitz(operator: CappedOperator | LipschitzOperator): LipschitzOperator {
  if ("certify" in operator) return operator;
  const missing = (): Promise<never> =>
    Promise.reject(new UnsupportedError("residual: expected an operator with a certificate, received none"));
  return { ...operator, domain: 2, codomain: 2, certify: missing, enforce: missing };
}
