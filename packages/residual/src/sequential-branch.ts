import { activation } from "@invertible/ops";
import type { ActivationName, JsonObject } from "@invertible/ops";
import { composeBranch } from "./compose-branch.ts";
import { contraction } from "./contraction.ts";
import type { ContractiveBranch } from "./contractive-branch.ts";
import { layerStage } from "./layer-stage.ts";
import type { BranchLayer } from "./layer-stage.ts";

export interface SequentialBranchOptions {
  /** Applied in order; each takes what the one before it gives, and the last gives the first's input shape. */
  readonly layers: readonly BranchLayer[];
  readonly activation: ActivationName;
  /** An activation before the first layer too, as in every block of the published networks but the first. */
  readonly preactivation: boolean;
  /** `{ branch, ... }` */
  readonly config: JsonObject;
}

/**
 * g(x) = W_n phi(... W_2 phi(W_1 [phi](x) + b_1) + b_2 ...) + b_n with bounded linear maps, and its Jacobian-vector product
 * W_n (phi'(a_n) * ... (W_1 [phi'(x) *] v)): the same maps without bias.
 *
 * L = product of the coefficients times sup|phi'| for each activation.
 *
 * @throws ArgumentError when L >= 1, naming the numbers.
 */
export function sequentialBranch(options: SequentialBranchOptions): ContractiveBranch {
  const { layers, preactivation, config } = options;
  contraction(
    layers.map(({ operator }) => operator.coefficient),
    options.activation,
    preactivation,
  );
  return composeBranch({
    name: "sequentialBranch",
    stages: layers.map((layer, i) =>
      layerStage(layer, i > 0 || preactivation ? activation(options.activation) : undefined),
    ),
    norm: 2,
    conditionFeatures: 0,
    config,
  });
}
