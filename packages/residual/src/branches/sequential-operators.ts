import { fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import type { LipschitzOperator } from "@invertible/spectral-norm";
import { parametrised } from "./bounded-operators.ts";
import { checkNorm, normConfig, perLayer } from "./branch-options.ts";
import type { SequentialOptions } from "./branch-options.ts";

/** The ways to build the operators of a branch. */
export interface OperatorKinds<Name extends string, Request> {
  /** Those of bounded norm, by their parametrisation. */
  readonly bounded: Readonly<Record<Name, (request: Request) => LipschitzOperator>>;
  /** The one that nothing limits, for the coefficient "none". */
  plain(request: Request): LipschitzOperator;
}

/** What the options of a branch say about its operators. */
export interface SequentialOperators<Request> {
  /** Builds the operator of one layer. */
  build(request: Request): LipschitzOperator;
  /** The limit of each layer, Infinity where there is none. */
  readonly coefficients: readonly number[];
  /** The options about operators as JSON, except the coefficient. */
  readonly config: JsonObject;
}

/**
 * Reads the options of a branch that concern its operators, and fills in their defaults.
 *
 * @throws ArgumentError for an unknown parametrisation, for a list of coefficients of another length, and for options that do not go
 * together: the coefficient "none" has no parametrisation and no norm but 2.
 */
export function sequentialOperators<Name extends string, Request>(
  where: string,
  options: Pick<SequentialOptions, "coefficient" | "norm"> & { readonly parametrisation?: Name },
  layers: number,
  { bounded, plain }: OperatorKinds<Name, Request>,
): SequentialOperators<Request> {
  const { coefficient, norm = 2, parametrisation } = options;
  if (coefficient === "none") {
    if (parametrisation !== undefined)
      fail(`${where}: parametrisation`, 'none, because the coefficient is "none"', parametrisation);
    if (norm !== 2) fail(`${where}: norm`, '2, because the coefficient is "none"', norm);
    const coefficients = Array.from({ length: layers }, () => Infinity);
    return { build: plain, coefficients, config: { norm: normConfig(norm) } };
  }
  const name = parametrisation ?? ("capped" as Name);
  const build = parametrised(where, bounded, name);
  const coefficients = perLayer(where, coefficient, layers);
  checkNorm(where, norm, name);
  return { build, coefficients, config: { parametrisation: name, norm: normConfig(norm) } };
}
