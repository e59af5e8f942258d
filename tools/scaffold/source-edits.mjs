import ts from "typescript";

/**
 * Edits of TypeScript sources by their structure. Each returns the new text; prettier formats it afterwards.
 *
 * @typedef {{ at: number, text: string }} Insertion
 */

/** @param {string} text */
export const parse = (text) => ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest, true);

/**
 * @param {string} text
 * @param {readonly Insertion[]} insertions
 */
function insert(text, insertions) {
  return [...insertions]
    .sort((a, b) => b.at - a.at)
    .reduce((result, { at, text: piece }) => result.slice(0, at) + piece + result.slice(at), text);
}

/**
 * @param {ts.Node | undefined} statement
 * @returns {string | undefined} "./act-norm.ts", of an import or an export from there
 */
function moduleOf(statement) {
  if (!statement || !(ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)))
    return undefined;
  const specifier = statement.moduleSpecifier;
  return specifier && ts.isStringLiteral(specifier) ? specifier.text : undefined;
}

/**
 * Adds lines to a list of exports, in the order of their modules.
 *
 * @param {string} text of an index.ts
 * @param {string} module "./leaky-relu.ts"
 * @param {{ values?: readonly string[], types?: readonly string[] }} names
 */
export function addExports(text, module, { values = [], types = [] }) {
  const lines = [
    values.length > 0 ? `export { ${values.join(", ")} } from "${module}";\n` : "",
    types.length > 0 ? `export type { ${types.join(", ")} } from "${module}";\n` : "",
  ].join("");
  const later = parse(text).statements.find((statement) => (moduleOf(statement) ?? "") > module);
  return insert(text, [{ at: later ? later.getStart() : text.length, text: lines }]);
}

/**
 * Adds an element at the end of an array, and what it needs imported.
 *
 * @param {string} text
 * @param {(file: ts.SourceFile) => ts.ArrayLiteralExpression | undefined} find
 * @param {string} element
 * @param {string} [importLine] an import declaration
 */
export function addElement(text, find, element, importLine) {
  const file = parse(text);
  const array = find(file);
  if (!array) throw new Error(`expected an array for ${element}, found none`);
  const last = array.elements.at(-1);
  const insertions = [{ at: last ? last.end : array.getStart() + 1, text: last ? `, ${element}` : element }];
  if (importLine !== undefined) {
    const lastImport = file.statements.filter(ts.isImportDeclaration).at(-1);
    insertions.push({ at: lastImport ? lastImport.end : 0, text: `\n${importLine}` });
  }
  return insert(text, insertions);
}

/**
 * The array that a variable starts with.
 *
 * @param {string} name
 */
export const arrayOf = (name) => (/** @type {ts.SourceFile} */ file) => {
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name: own, initializer } of statement.declarationList.declarations)
      if (own.getText() === name && initializer && ts.isArrayLiteralExpression(initializer))
        return initializer;
  }
  return undefined;
};

/**
 * The list of layer types that a module exports: an array of `readonly LayerType[]`, or the one that a function of that type returns.
 *
 * @param {ts.SourceFile} file
 * @returns {ts.ArrayLiteralExpression | undefined}
 */
export function layerTypesIn(file) {
  const isList = (/** @type {ts.TypeNode | undefined} */ type) => type?.getText() === "readonly LayerType[]";
  /** @type {ts.ArrayLiteralExpression[]} */
  const found = [];
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement))
      for (const { type, initializer } of statement.declarationList.declarations)
        if (isList(type) && initializer && ts.isArrayLiteralExpression(initializer)) found.push(initializer);
    if (ts.isFunctionDeclaration(statement) && isList(statement.type))
      for (const inner of statement.body?.statements ?? [])
        if (ts.isReturnStatement(inner) && inner.expression && ts.isArrayLiteralExpression(inner.expression))
          found.push(inner.expression);
  }
  return found[0];
}

/**
 * Adds a property to the object that a variable starts with.
 *
 * @param {string} text
 * @param {string} name of the variable
 * @param {string} property `key: value`
 */
export function addProperty(text, name, property) {
  for (const statement of parse(text).statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name: own, initializer } of statement.declarationList.declarations) {
      const last =
        own.getText() === name && initializer && ts.isObjectLiteralExpression(initializer)
          ? initializer.properties.at(-1)
          : undefined;
      if (last) return insert(text, [{ at: last.end, text: `, ${property}` }]);
    }
  }
  throw new Error(`expected an object ${name} for ${property}, found none`);
}

/**
 * The names that a module exports.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function exportedNames(text) {
  return parse(text).statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map((element) => element.name.text)
      : [],
  );
}
