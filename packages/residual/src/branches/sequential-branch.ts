import { fail } from "@invertible/errors";
import { activation } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { ActivationName } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";
import type { BranchLayer } from "./stages/branch-layer.ts";
import { composeBranch } from "./compose-branch.ts";
import { checkBranchContracts } from "./contraction.ts";
import type { ContractiveBranch } from "./contractive-branch.ts";
import { layerStage } from "./stages/layer-stage.ts";

export interface SequentialBranchOptions {
  /**
   * Applied in order; each takes what the one before it and its activation give, and the last gives the first's input
   * shape. All are bounded from one l_p norm to the same.
   */
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
 * @throws ArgumentError when L >= 1, naming the numbers; for layers bounded in different norms, or with conditions of
 * different sizes.
 * @throws ShapeError for layers that do not fit each other.
 */
export function sequentialBranch(options: SequentialBranchOptions): ContractiveBranch {
  const where = "sequentialBranch";
  const { layers, activation: name, preactivation, config } = options;
  if (layers.length === 0) fail(where, "at least one layer", "none");
  const norm = onlyOne<VectorNorm>(
    `${where}: norms of the layers`,
    layers.flatMap(({ operator: { domain, codomain } }) => [domain, codomain]),
  );
  const conditionFeatures = onlyOne(
    `${where}: conditionFeatures of the layers`,
    layers.map(({ conditionWeight }) => conditionWeight?.shape[0] ?? 0),
  );
  checkBranchContracts(
    where,
    layers.map(({ operator }) => operator.coefficient),
    { name, preactivation, norm },
  );
  return composeBranch({
    name: where,
    stages: layers.map((layer, i) =>
      layerStage(layer, i > 0 || preactivation ? activation(name) : undefined),
    ),
    norm,
    conditionFeatures,
    config,
  });
}

function onlyOne<T>(where: string, values: readonly T[]): T {
  const [first] = values;
  if (values.some((value) => value !== first))
    fail(where, "one value for all", values.map(String).join(", "));
  return first!;
}
