import ts from "typescript";
import { refuse } from "./scaffold-error.mjs";

/** @typedef {{ kebab: string, camel: string, pascal: string }} Name one name as files, functions and types have it */

const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const camel = /^[a-z][a-zA-Z0-9]*$/;

/**
 * @param {string} where
 * @param {string} text in kebab-case, as files are named, or in camelCase, as functions are
 * @returns {Name}
 */
export function nameFrom(where, text) {
  if (!kebab.test(text) && !camel.test(text))
    refuse(where, "a name such as leaky-relu or leakyRelu", text, [asKebab(text)]);
  const own = kebab.test(text) ? text.replace(/-(.)/g, (_, letter) => letter.toUpperCase()) : text;
  // What begins with a digit after its hyphen, as in conv-1x1, cannot be told from camelCase, and need not be.
  const name = { kebab: asKebab(text), camel: own, pascal: own.charAt(0).toUpperCase() + own.slice(1) };
  if (!isIdentifier(own)) refuse(where, "a name that TypeScript does not reserve", text);
  return name;
}

/** @param {string} text */
const asKebab = (text) =>
  text
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .toLowerCase();

/** @param {string} text */
function isIdentifier(text) {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, text);
  return scanner.scan() === ts.SyntaxKind.Identifier && scanner.getTokenText() === text;
}
