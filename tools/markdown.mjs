import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readJson, root, workspaceFolders } from "./run/repository.mjs";

/**
 * @typedef {object} Example
 * @property {string} path where the module would be, in the folder `<document>/`, which does not exist
 * @property {string | undefined} name what its first line calls it: other examples of the document can import it
 * @property {string} code
 * @property {string | undefined} notRun the reason given in a line `<!-- not run: reason -->` before the block
 */

/**
 * The ```ts blocks of a document, each a module of its own. A first line `// name.ts` names it. Empty lines come first,
 * so that line numbers are the document's.
 *
 * @param {string} document relative to the root
 * @returns {Example[]}
 */
export function examplesOf(document) {
  const text = readFileSync(join(root, document), "utf8");
  const blocks = text.matchAll(/^(<!-- not run: ([^\n]+) -->\n+)?```ts\n(.*?)^```$/gms);
  return [...blocks].map(({ index, 1: before = "", 2: notRun, 3: code = "" }, i) => {
    const name = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1];
    const linesBefore = text.slice(0, index + before.length).split("\n").length;
    return {
      path: join(root, document, name ?? `${i + 1}.ts`),
      name,
      code: `${"\n".repeat(linesBefore)}${code}\nexport {};\n`,
      notRun,
    };
  });
}

/** @returns {string[]} the tutorials, relative to the root */
export function tutorials() {
  const folder = "docs/tutorials";
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);
}

/**
 * What a user can import who has installed every package: each of their exports, by name, and its source.
 *
 * @returns {Record<string, string>}
 */
export function importable() {
  const entries = workspaceFolders().flatMap((folder) => {
    const { name, exports = {} } = readJson(`${folder}/package.json`);
    return Object.entries(exports).flatMap(([key, target]) => {
      const source = target["@invertible/source"];
      return source === undefined ? [] : [[join(name, key), join(root, folder, source)]];
    });
  });
  return Object.fromEntries(entries);
}
