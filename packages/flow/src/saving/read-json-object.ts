import type { JsonObject } from "@invertible/ops";
import { reject } from "./file-format-error.ts";

/** Composites in composites; ours need about two levels per scale. Bounds the recursion on hostile files. */
const deepest = 200;

/** A JSON object from a file's metadata. @throws FileFormatError */
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

/** Brackets inside strings count too: an over-estimate is good enough for a bound. */
function nestingDepth(text: string): number {
  let [depth, most] = [0, 0];
  for (const character of text) {
    if (character === "{" || character === "[") most = Math.max(most, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return most;
}
