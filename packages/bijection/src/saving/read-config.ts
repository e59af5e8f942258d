import { fail } from "@invertible/errors";
import type { Json, JsonObject } from "@invertible/errors";
import type { Shape } from "@invertible/ops";
import type { Description } from "./layer-type.ts";

/**
 * Reads an untrusted layer configuration: every method throws ArgumentError `<layer>.<key>: expected ..,
 * received ..` for what is not there or does not fit. Ranges are the layer factory's own business.
 */
export interface ConfigReader {
  number(key: string): number;
  integers(key: string): number[];
  shape(key: string): Shape;
  text(key: string): string;
  choice<const Choice extends string>(key: string, choices: readonly Choice[]): Choice;
  object(key: string): JsonObject;
  /** A child layer. */
  description(key: string): Description;
  descriptions(key: string): Description[];
}

export function readConfig(layer: string, config: JsonObject): ConfigReader {
  const at = (key: string) => `${layer}.${key}`;
  // Own properties only: a file may not reach into prototypes.
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
  return {
    integers,
    number(key) {
      const found = value(key);
      return typeof found === "number" && Number.isFinite(found)
        ? found
        : fail(at(key), "a finite number", found);
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
