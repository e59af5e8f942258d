import { readConfig } from "@invertible/bijection";
import { fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import type { Random } from "@invertible/ops";
import { convDynamicsType } from "./conv-dynamics.ts";
import { denseDynamicsType } from "./dense-dynamics.ts";
import type { Dynamics, DynamicsType } from "./dynamics.ts";

/** The dynamics of this package, for loading saved models. */
export const dynamicsTypes: readonly DynamicsType[] = [denseDynamicsType, convDynamicsType];

/**
 * Rebuilds dynamics from `{ dynamics, ... }`.
 *
 * @throws ArgumentError for dynamics that are not among the types, and whatever their type throws.
 */
export function buildDynamics(
  where: string,
  config: JsonObject,
  types: readonly DynamicsType[],
  random: Random,
): Dynamics {
  const name = readConfig(where, config).text("dynamics");
  const type = types.find(({ dynamics }) => dynamics === name);
  if (type === undefined) fail(where, `one of ${types.map(({ dynamics }) => dynamics).join(", ")}`, name);
  return type.build(config, random);
}
