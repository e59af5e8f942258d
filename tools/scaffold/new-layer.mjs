import { existsSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { Changes } from "./changes.mjs";
import { nameFrom } from "./names.mjs";
import { refuse } from "./scaffold-error.mjs";
import { addElement, addExports, layerTypesIn, parse } from "./source-edits.mjs";
import { addRow } from "./table-edits.mjs";
import { layerSource, layerTest } from "./templates/layer.mjs";
import { changeset, packageNames, read, refuseTaken, sourcesIn } from "./workspace.mjs";

const where = "new:layer";

/** What the template imports. */
const needed = {
  dependencies: ["@invertible/bijection", "@invertible/errors", "@invertible/ops"],
  devDependencies: ["@invertible/testing"],
};

/**
 * Prepares a layer in a package: source, test, export, place in the list of layer types, row in the README, changeset.
 *
 * @param {string} root the repository
 * @param {{ package: string, name: string }} request
 */
export function newLayer(root, { package: to, name: text }) {
  const known = packageNames(root).filter((each) => takesLayers(root, each));
  if (!known.includes(to)) refuse(where, `a package of layers, one of ${known.join(", ")}`, to, known);
  const name = nameFrom(where, text);
  refuseTaken(root, where, name.camel);

  const folder = `packages/${to}`;
  const sources = sourcesIn(root, `${folder}/src`);
  const namesake = sources.find((path) => basename(path) === `${name.kebab}.ts`);
  if (namesake) refuse(where, `a name that no file has (${namesake} exists)`, text);
  const list = sources.find((path) => layerTypesIn(parse(read(root, path))) !== undefined);
  // Beside the list, where the layers of packages with rooms are too.
  const home = list ? dirname(list) : `${folder}/src`;

  const changes = new Changes(root);
  changes.add(`${home}/${name.kebab}.ts`, layerSource(name));
  changes.add(`${home}/${name.kebab}.test.ts`, layerTest(name));
  const index = `${folder}/src/index.ts`;
  const module = `./${relative(`${folder}/src`, `${home}/${name.kebab}.ts`).replaceAll("\\", "/")}`;
  const values = list ? [name.camel] : [name.camel, `${name.camel}Type`];
  changes.edit(index, (source) => addExports(source, module, { values, types: [`${name.pascal}Options`] }));
  if (list) {
    const line = `import { ${name.camel}Type } from "./${name.kebab}.ts";`;
    changes.edit(list, (source) => addElement(source, layerTypesIn, `${name.camel}Type`, line));
  }
  const hasRow = addLayerRow(changes, `${folder}/README.md`, name.camel);
  changes.add(`.changeset/${to}-${name.kebab}.md`, changeset(to, `Adds the layer \`${name.camel}\`.`));
  return { changes, name, test: `${home}/${name.kebab}.test.ts`, source: `${home}/${name.kebab}.ts`, hasRow };
}

/**
 * @param {string} root
 * @param {string} name
 */
function takesLayers(root, name) {
  // What knows flows is made of layers, and has none of its own.
  const manifest = JSON.parse(read(root, `packages/${name}/package.json`));
  const knowsFlows = manifest.dependencies?.["@invertible/flow"] !== undefined;
  return (
    !knowsFlows &&
    Object.entries(needed).every(([kind, names]) =>
      names.every((each) => manifest[kind]?.[each] !== undefined),
    )
  );
}

/**
 * @param {Changes} changes
 * @param {string} readme
 * @param {string} camel
 */
function addLayerRow(changes, readme, camel) {
  if (!existsSync(join(changes.root, readme))) return false;
  const row = (/** @type {string} */ heading) => {
    if (heading === "factory") return `\`${camel}({ inputShape })\``;
    return heading === "layer" ? `\`${camel}\`` : "to be written";
  };
  const add = (/** @type {string} */ text) => addRow(text, ["factory", "layer"], row);
  if (add(read(changes.root, readme)) === undefined) return false;
  changes.edit(readme, (text) => add(text) ?? text);
  return true;
}
