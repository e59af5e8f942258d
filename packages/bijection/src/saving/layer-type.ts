import { ArgumentError } from "@invertible/errors";
import { freeingVariables } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { Random } from "@invertible/ops";
import type { Bijection } from "../bijection.ts";

/** A layer as JSON: which type, and the configuration its type rebuilds it from. */
export interface Description {
  readonly layer: string;
  readonly config: JsonObject;
}

/**
 * Teaches `rebuild` one kind of layer. There is no global registry: loading takes an explicit list, so
 * third-party layers load like our own.
 */
export interface LayerType {
  readonly layer: string;
  /** `config` is untrusted: it may come from a file. Throw ArgumentError for what does not fit. */
  build(config: JsonObject, tools: BuildTools): Bijection;
}

export interface BuildTools {
  /** For initial values, which loading overwrites. */
  readonly random: Random;
  /** Rebuilds a child of a composite. */
  rebuild(description: Description): Bijection;
}

/** The JSON description of a layer. */
export function describeLayer(bijection: Bijection): Description {
  return { layer: bijection.name, config: bijection.config };
}

/**
 * Builds a layer from its description. Where that fails, the variables made until then are freed.
 * @throws ArgumentError for a layer not in `types`, naming it and listing the known ones; what its type throws.
 */
export function rebuild(description: Description, types: readonly LayerType[], random: Random): Bijection {
  return freeingVariables(() => build(description, types, random));
}

function build(description: Description, types: readonly LayerType[], random: Random): Bijection {
  const type = types.find((t) => t.layer === description.layer);
  if (!type) {
    const known = types
      .map((t) => t.layer)
      .sort()
      .join(", ");
    throw new ArgumentError(
      `rebuild: expected a layer among [${known}], received ${JSON.stringify(description.layer)}`,
    );
  }
  return type.build(description.config, { random, rebuild: (child) => build(child, types, random) });
}
