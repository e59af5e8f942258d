import type { JsonObject } from "@invertible/ops";
import { reject } from "./file-format-error.ts";

/**
 * Deepest nesting of composites that is accepted. Models of this project need about two levels per scale. The limit bounds the
 * recursion on malicious files.
 */
const deepest = 200;

/**
 * Reads a JSON object from the metadata of a file.
 *
 * @throws FileFormatError where the text is absent, too deeply nested, or not a JSON object.
 */
export function readJsonObject(where: string, text: string | undefined): JsonObject {
  if (text === undefined) reject(where, "JSON text", text);
  if (nestingDepth(text) > deepest) reject(where, `at most ${deepest} levels`, text);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch (cause) {
    reject(where, "a JSON object", text, cause);
  }
  return reject(where, "a JSON object", text);
}

/** Greatest depth of brackets. Those inside strings count too; an over-estimate is good enough for a limit. */
function nestingDepth(text: string): number {
  let [depth, most] = [0, 0];
  for (const character of text) {
    if (character === "{" || character === "[") most = Math.max(most, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return most;
}
