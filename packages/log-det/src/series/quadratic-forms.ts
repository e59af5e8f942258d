import { checkOptions, checkPositiveInteger } from "@invertible/errors";
import { mul, reshape, stack, sum, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Jvp } from "../problem.ts";

/** <a, b> row by row: [B, ...] -> [B]. */
export function rowProducts(a: Tensor, b: Tensor): Tensor {
  const product = mul(a, b);
  return sum(product.rank === 2 ? product : reshape(product, rows(product.shape)), 1);
}

/** The shape [B, D] of flattened rows. It is written out, because -1 cannot be inferred for an empty batch. */
function rows([batch, ...shape]: readonly number[]): [number, number] {
  return [batch!, shape.reduce((product, n) => product * n, 1)];
}

/**
 * Computes v'J^k v for k = 1..terms. Their average over probes v with E[vv'] = I is tr(J^k).
 *
 * @returns [terms, B]
 * @see Hutchinson (1990), "A stochastic estimator of the trace of the influence matrix"
 */
export function quadraticForms(options: { jvp: Jvp; probe: Tensor; terms: number }): Tensor {
  checkOptions("quadraticForms", options, { jvp: "required", probe: "required", terms: "required" });
  const { jvp, probe, terms } = options;
  checkPositiveInteger("quadraticForms: terms", terms);
  return tidy(() => {
    const forms: Tensor[] = [];
    let iterate = probe;
    for (let k = 1; k <= terms; k++) {
      iterate = jvp(iterate);
      forms.push(rowProducts(probe, iterate));
    }
    return stack(forms);
  });
}
