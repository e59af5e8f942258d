import { fail } from "@invertible/errors";
import type { Json, JsonObject } from "@invertible/errors";
import type { Shape } from "@invertible/ops";
import type { Description } from "./layer-type.ts";

/**
 * Reads the values of a layer configuration that is not trusted, since it may come from a file. Every method throws
 * ArgumentError `<layer>.<key>: expected .., received ..` where the key is absent or its value does not fit. Whether a value is
 * in range is checked by the layer's factory.
 */
export interface ConfigReader {
  /** Whether the key is there: for an option that older files do not have. */
  has(key: string): boolean;
  /** A finite number. */
  number(key: string): number;
  /** An array of finite numbers. */
  numbers(key: string): number[];
  /** True or false. */
  boolean(key: string): boolean;
  /** An array of safe integers. */
  integers(key: string): number[];
  /** An array of positive integers. */
  shape(key: string): Shape;
  /** A string. */
  text(key: string): string;
  /** One of the given strings. */
  choice<const Choice extends string>(key: string, choices: readonly Choice[]): Choice;
  /** A JSON object. */
  object(key: string): JsonObject;
  /** The description of a child layer. */
  description(key: string): Description;
  /** An array of descriptions of child layers. */
  descriptions(key: string): Description[];
}

/** Makes the reader of one layer's configuration. `layer` starts its error messages. */
export function readConfig(layer: string, config: JsonObject): ConfigReader {
  const at = (key: string) => `${layer}.${key}`;
  // Only own properties count, so that a file cannot reach into prototypes.
  const value = (key: string): Json | undefined => (Object.hasOwn(config, key) ? config[key] : undefined);
  const array = (key: string): readonly Json[] => {
    const found = value(key);
    return Array.isArray(found) ? found : fail(at(key), "an array", found);
  };
  const integers = (key: string) =>
    array(key).map((n) =>
      typeof n === "number" && Number.isSafeInteger(n) ? n : fail(at(key), "integers", n),
    );
  const description = (where: string, found: Json | undefined): Description => {
    if (!isObject(found)) fail(where, "a layer description", found);
    const { layer: name, config: inner } = found;
    if (typeof name !== "string") fail(`${where}.layer`, "a layer name", name);
    if (!isObject(inner)) fail(`${where}.config`, "an object", inner);
    return { layer: name, config: inner };
  };
  const isNumber = (found: Json | undefined): found is number =>
    typeof found === "number" && Number.isFinite(found);
  return {
    has: (key) => value(key) !== undefined,
    integers,
    number(key) {
      const found = value(key);
      return isNumber(found) ? found : fail(at(key), "a finite number", found);
    },
    numbers: (key) =>
      array(key).map((found) => (isNumber(found) ? found : fail(at(key), "finite numbers", found))),
    boolean(key) {
      const found = value(key);
      return typeof found === "boolean" ? found : fail(at(key), "true or false", found);
    },
    shape(key) {
      const found = integers(key);
      return found.every((n) => n > 0) ? found : fail(at(key), "a shape of positive integers", found);
    },
    text(key) {
      const found = value(key);
      return typeof found === "string" ? found : fail(at(key), "a string", found);
    },
    choice(key, choices) {
      const found = value(key);
      return choices.find((c) => c === found) ?? fail(at(key), `one of ${choices.join(", ")}`, found);
    },
    object(key) {
      const found = value(key);
      return isObject(found) ? found : fail(at(key), "an object", found);
    },
    description: (key) => description(at(key), value(key)),
    descriptions: (key) => array(key).map((item, i) => description(`${at(key)}[${i}]`, item)),
  };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
