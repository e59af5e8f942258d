import { failFormat } from "./fail.ts";

/** Anything JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. Configurations of layers are made of it. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** How many levels text may nest. Composites lie in composites, and our models need about two levels for each scale. */
const deepest = 200;

/**
 * Reads a JSON object from a file's text. The text is untrusted: it may nest at most 200 levels, because code that walks a
 * deeper value runs out of stack.
 *
 * @throws FileFormatError for other text, or none.
 */
export function readJsonObject(where: string, text: string | undefined): JsonObject {
  if (text === undefined) failFormat(where, "JSON text", text);
  if (nestingDepth(text) > deepest) failFormat(where, `at most ${deepest} levels`, text);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    failFormat(where, "a JSON object", text, cause);
  }
  if (!isJsonObject(value)) failFormat(where, "a JSON object", text);
  return value;
}

function isJsonObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An upper bound of how deep the text nests. Brackets inside strings count too, which only makes the bound larger. */
function nestingDepth(text: string): number {
  let [depth, most] = [0, 0];
  for (const character of text) {
    if (character === "{" || character === "[") most = Math.max(most, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return most;
}
