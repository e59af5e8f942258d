import { ArgumentError } from "@invertible/errors";
import { freeingVariables } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { Random } from "@invertible/ops";
import type { Bijection } from "../bijection.ts";

/** A layer as JSON: its type, and the configuration from which the type rebuilds it. */
export interface Description {
  /** Name of the layer type: "actNorm". */
  readonly layer: string;
  /** What `LayerType.build` receives. It holds everything but the values of parameters and state. */
  readonly config: JsonObject;
}

/**
 * Teaches `rebuild` one kind of layer. There is no global registry. Loading takes an explicit list of types, so third-party
 * layers load like those of this project.
 */
export interface LayerType {
  /** Name of the layers that this type builds: "actNorm". */
  readonly layer: string;
  /**
   * Builds the layer. `config` may come from a file and is not trusted.
   *
   * @throws ArgumentError for a configuration that does not fit.
   */
  build(config: JsonObject, tools: BuildTools): Bijection;
}

/** What `LayerType.build` may use. */
export interface BuildTools {
  /** Key for initial values. Loading overwrites them afterwards. */
  readonly random: Random;
  /** Rebuilds a child of a composite. */
  rebuild(description: Description): Bijection;
}

/** Describes a layer as JSON. `rebuild` is the opposite. */
export function describeLayer(bijection: Bijection): Description {
  return { layer: bijection.name, config: bijection.config };
}

/**
 * Builds a layer from its description. If that fails, the variables made until then are freed.
 *
 * @throws ArgumentError for a layer that is not in `types`, naming it and listing the known ones, and whatever its type throws.
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
