import { checkOptions, fail } from "@invertible/errors";
import { activation } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { ActivationName } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";
import type { BranchLayer } from "./stages/branch-layer.ts";
import { composeBranch } from "./compose-branch.ts";
import { checkBranchContracts } from "./contraction.ts";
import type { ContractiveBranch } from "./contractive-branch.ts";
import { layerStage } from "./stages/layer-stage.ts";

/** Options of `sequentialBranch`. */
export interface SequentialBranchOptions {
  /**
   * The layers in the order in which they act. Each takes what the layer before it gives, after the activation, and the last
   * gives the input shape of the first. All must be bounded in the same l_p norm.
   */
  readonly layers: readonly BranchLayer[];
  /** The activation phi between layers. */
  readonly activation: ActivationName;
  /** Whether an activation also stands before the first layer, as in every block of the published networks but the first. */
  readonly preactivation: boolean;
  /** `{ branch, ... }`: the name of the branch type, and the JSON from which this type rebuilds the branch. */
  readonly config: JsonObject;
}

/**
 * A contractive branch of layers that you build yourself: g(x) = W_n phi(... W_2 phi(W_1 [phi](x) + b_1) + b_2 ...) + b_n with
 * bounded linear maps. Its Jacobian-vector product W_n (phi'(a_n) * ... (W_1 [phi'(x) *] v)) consists of the same maps without
 * bias.
 *
 * L is the product of the coefficients, times sup|phi'| for each activation.
 *
 * @throws ArgumentError where L >= 1, naming the factors; and for layers that are bounded in different norms or take conditions
 * of different sizes.
 * @throws ShapeError for layers that do not fit each other.
 */
export function sequentialBranch(options: SequentialBranchOptions): ContractiveBranch {
  checkOptions("sequentialBranch", options, {
    layers: "required",
    activation: "required",
    preactivation: "required",
    config: "required",
  });
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
