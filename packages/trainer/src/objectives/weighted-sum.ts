import { refresh } from "@invertible/bijection";
import { checkMembers, fail } from "@invertible/errors";
import type { NamedVariables, Tensor, Variable } from "@invertible/ops";
import { checkObjective } from "./objective.ts";
import type { Objective, TermContext } from "./objective.ts";

/** One summand of `weightedSum`. */
export interface WeightedObjective<Term extends string = string> {
  readonly objective: Objective<Term>;
  /** Multiplies the loss of the objective. Finite; 0 only reports its terms. */
  readonly weight: number;
}

/** The names of the terms of a summand. */
type TermOf<Summand> = Summand extends WeightedObjective<infer Term> ? Term : never;

/**
 * A weighted sum of objectives on the same trunk, which is evaluated once. With a flow and a classifier that share a bijection,
 *
 *     weightedSum([
 *       { objective: maximumLikelihood(flow), weight: 1 },
 *       { objective: minimumCrossEntropy(classifier), weight: lambda },
 *     ])
 *
 * is the hybrid loss -log p(x) - lambda log p(class | x). The variables of the trunk keep the names that the first objective gives them. Terms
 * that two objectives name alike would hide each other, which is an error. The log-determinant is the same for all, and its weights add up.
 *
 * @throws ArgumentError for no objectives, for objectives on different trunks, for weights that are not finite, and for terms or variables of the
 * same name.
 * @see Nalisnick et al. (2019), arXiv:1902.02767; Chen et al. (2019), arXiv:1906.02735, section 4.4
 */
export function weightedSum<Summand extends WeightedObjective>(
  summands: readonly Summand[],
): Objective<TermOf<Summand>> {
  if (!Array.isArray(summands) || summands.length === 0)
    fail("weightedSum", "a list of { objective, weight }, with at least one", summands);
  const all = summands as readonly WeightedObjective[];
  all.forEach((summand, i) => {
    checkMembers(`weightedSum[${i}]`, "{ objective, weight }", summand, ["objective", "weight"]);
    const { objective, weight } = summand;
    checkObjective(`weightedSum[${i}].objective`, objective);
    if (!Number.isFinite(weight)) fail(`weightedSum[${i}].weight`, "a finite number", weight);
  });
  const objectives = all.map(({ objective }) => objective);
  const [first] = objectives as [Objective, ...Objective[]];
  objectives.forEach(({ trunk, name }, i) => {
    if (trunk !== first.trunk)
      fail(`weightedSum[${i}].objective`, `one on the same bijection as ${first.name}`, `${name} on another`);
  });
  const weights: Record<string, number> = {};
  for (const { objective, weight } of all)
    for (const [term, own] of Object.entries<number>(objective.weights)) {
      if (term !== "logDet" && Object.hasOwn(weights, term))
        fail("weightedSum", "terms of different names", term);
      weights[term] = (weights[term] ?? 0) + weight * own;
    }

  return Object.freeze({
    name: "weightedSum",
    config: {
      summands: all.map(({ objective: { name, config }, weight }) => ({ name, weight, config })),
    },
    parameters: together(objectives, "parameters"),
    state: together(objectives, "state"),
    // Once for all: what follows the weights are the norms in the trunk.
    refresh: (options) => refresh(first.trunk, options),
    architecture: () => objectives.map((objective) => objective.architecture()),
    trunk: first.trunk,
    trunkKey: first.trunkKey,
    weights: weights as Record<TermOf<Summand>, number>,
    terms(z: Tensor, context: TermContext) {
      return Object.assign({}, ...objectives.map((objective) => objective.terms(z, context))) as Record<
        Exclude<TermOf<Summand>, "logDet">,
        Tensor
      >;
    },
    async start(z, call) {
      for (const objective of objectives) await objective.start?.(z, call);
    },
    checkData(where, data) {
      for (const objective of objectives) objective.checkData?.(where, data);
    },
  } satisfies Objective<TermOf<Summand>>);
}

/**
 * The variables of several objectives. Those of the trunk have the names that the first objective gives them, and all others keep theirs.
 *
 * @throws ArgumentError where two variables have the same name, since a checkpoint could hold only one of them.
 */
function together(objectives: readonly Objective[], of: "parameters" | "state"): NamedVariables {
  const [trunk, others] = [new Set<Variable>(), new Set<Variable>()];
  const all: Record<string, Variable> = {};
  for (const { trunkKey, [of]: variables } of objectives)
    for (const [name, variable] of Object.entries(variables)) {
      const seen = name.startsWith(`${trunkKey}.`) ? trunk : others;
      if (seen.has(variable)) continue;
      if (Object.hasOwn(all, name)) fail("weightedSum", "variables of different names", name);
      seen.add(variable);
      all[name] = variable;
    }
  return Object.freeze(all);
}
