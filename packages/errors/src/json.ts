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
 * Objects, arrays and members of objects. Parsed, each takes some 60 bytes, but as few as 3 of text: without this limit ten
 * megabytes of "[[],[],..." would become two hundred.
 */
const mostParts = 250_000;
/** Values in lists and objects: eight bytes or more for two of text, and again whenever a list is copied. */
const mostValues = 1_000_000;

/**
 * Reads a JSON object from a file's text. The text is untrusted: it may nest at most 200 levels, because code that walks a
 * deeper value runs out of stack, and hold at most 250000 objects, arrays and members and 1000000 values, which bounds the memory it
 * takes.
 *
 * @throws FileFormatError for other text, or none.
 */
export function readJsonObject(where: string, text: string | undefined): JsonObject {
  const value = readJson(where, text, "a JSON object");
  if (!isJsonObject(value)) failFormat(where, "a JSON object", text);
  return value;
}

/**
 * The same for any JSON value.
 * @throws FileFormatError for text that is none or exceeds these limits, or no text.
 */
export function readJson(where: string, text: string | undefined, expected = "JSON text"): Json {
  if (text === undefined) failFormat(where, "JSON text", text);
  const { depth, parts, values } = structureOf(text);
  if (depth > deepest) failFormat(where, `at most ${deepest} levels`, text);
  if (parts > mostParts) failFormat(where, `at most ${mostParts} objects, arrays and members`, text);
  if (values > mostValues) failFormat(where, `at most ${mostValues} values`, text);
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    failFormat(where, expected, text, cause);
  }
}

function isJsonObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const [quote, backslash, colon, comma] = [0x22, 0x5c, 0x3a, 0x2c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Counted outside of strings, which may hold JSON themselves. */
function structureOf(text: string): { depth: number; parts: number; values: number } {
  let [depth, deepest, parts, values, inString] = [0, 0, 0, 1, false];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === backslash) i++;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (code === openBracket || code === openBrace) {
      parts++;
      deepest = Math.max(deepest, ++depth);
    } else if (code === closeBracket || code === closeBrace) depth--;
    else if (code === colon) parts++;
    else if (code === comma) values++;
  }
  return { depth: deepest, parts, values };
}
