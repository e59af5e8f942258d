import { fail, roundUp } from "@invertible/ops";
import type { NamedVariables, Variable } from "@invertible/ops";
import type { Bijection, Certificate, LayerCertificate, Traits } from "./bijection.ts";

// Each list goes from the strongest claim to the weakest.
const logDetKinds = ["exact", "unbiased", "biased"] as const;
const inverseKinds = ["analytic", "iterative", "none"] as const;
const likelihoodKinds = ["exact", "lower-bound"] as const;

/**
 * What may be relied on of maps one after another, where every one has to hold: the weakest of each trait, and the sum of the
 * biases. The first takes the inputs.
 */
export function weakestTraits(parts: readonly Bijection[]): Traits {
  const weakest = <K>(order: readonly K[], trait: (traits: Traits) => K): K =>
    order[Math.max(...parts.map((part) => order.indexOf(trait(part.traits))))]!;
  return {
    logDet: weakest(logDetKinds, (traits) => traits.logDet),
    logDetBias: parts.reduce((total, { traits }) => total + traits.logDetBias, 0),
    inverse: weakest(inverseKinds, (traits) => traits.inverse),
    likelihood: weakest(likelihoodKinds, (traits) => traits.likelihood),
    levels: parts[0]?.traits.levels,
  };
}

/** The bounds of maps one after another multiply; `keys` are the parts' prefixes. */
export async function certifyParts(
  parts: readonly Bijection[],
  keys: readonly string[],
): Promise<Certificate> {
  let [forward, inverse] = [1, 1];
  const layers: LayerCertificate[] = [];
  for (const [i, part] of parts.entries()) {
    const own = await part.certify();
    forward = roundUp(forward * own.forward);
    inverse = roundUp(inverse * own.inverse);
    for (const { path, ...rest } of own.layers)
      layers.push({ path: path === "" ? keys[i]! : `${keys[i]!}.${path}`, ...rest });
  }
  return { forward, inverse, layers };
}

/** @throws ArgumentError where a variable has two names: an optimiser would update it twice in one step. */
export function checkNothingShared(where: string, variables: NamedVariables): void {
  const names = new Map<Variable, string>();
  for (const [name, variable] of Object.entries(variables)) {
    const other = names.get(variable);
    if (other !== undefined)
      fail(where, "parts that share no variable", `${other} and ${name}, which are one`);
    names.set(variable, name);
  }
}
