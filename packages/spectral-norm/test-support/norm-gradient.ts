import { tidy, valueAndGradients } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { CappedOperator } from "../src/index.ts";

/** G = d sigma / dW as the layer uses it, whether or not it keeps it. sigma = <G, W> is linear, so nothing is rounded on the way. */
export function normGradientOf(capped: CappedOperator): Tensor {
  return tidy(() => valueAndGradients(() => capped.norm(), [capped.parameters.weight]).gradients[0]!);
}
