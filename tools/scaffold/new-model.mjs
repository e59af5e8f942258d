import { basename } from "node:path";
import { Changes } from "./changes.mjs";
import { freeColor } from "./free-color.mjs";
import { nameFrom } from "./names.mjs";
import { refuse } from "./scaffold-error.mjs";
import { addElement, addExports, arrayOf } from "./source-edits.mjs";
import { addRow } from "./table-edits.mjs";
import { entryOfLayers, entryOfRecipe, recipeSource, recipeTest } from "./templates/model.mjs";
import { changeset, read, refuseTaken, sourcesIn } from "./workspace.mjs";

const where = "new:model";
const catalogue = "apps/benchmark/src/catalogue/models";
const recipes = "packages/models";

export const modelParts = /** @type {const} */ (["recipe", "entry"]);

/**
 * Prepares a model: a recipe that others install, an entry of the benchmark, or both.
 *
 * @param {string} root the repository
 * @param {{ name: string, only?: string | undefined }} request `only` is one of `modelParts`
 */
export function newModel(root, { name: text, only }) {
  if (only !== undefined && !modelParts.some((part) => part === only))
    refuse(`${where} --only`, `one of ${modelParts.join(", ")}`, only, modelParts);
  const name = nameFrom(where, text);
  const withRecipe = only !== "entry";
  const withEntry = only !== "recipe";
  const changes = new Changes(root);
  /** @type {string[]} */
  const tests = [];
  if (withRecipe) {
    refuseTaken(root, where, name.camel);
    addRecipe(changes, name);
    tests.push(`${recipes}/src/${name.kebab}.test.ts`);
  }
  if (withEntry) {
    const taken = sourcesIn(root, catalogue).find((path) => basename(path) === `${name.kebab}.ts`);
    if (taken) refuse(where, `a name that no model of the benchmark has (${taken} exists)`, text);
    addEntry(changes, name, withRecipe);
    tests.push("apps/benchmark/src/catalogue");
  }
  return { changes, name, tests };
}

/** @typedef {import("./names.mjs").Name} Name */

/**
 * @param {Changes} changes
 * @param {Name} name
 */
function addRecipe(changes, name) {
  const { kebab, camel, pascal } = name;
  changes.add(`${recipes}/src/${kebab}.ts`, recipeSource(name));
  changes.add(`${recipes}/src/${kebab}.test.ts`, recipeTest(name));
  changes.edit(`${recipes}/src/index.ts`, (index) =>
    addExports(index, `./${kebab}.ts`, { values: [camel], types: [`${pascal}Options`] }),
  );
  const cells = [`\`${camel}\``, "`steps` x (act-norm, affine coupling, reversal)", "exact", "analytic"];
  changes.edit(
    `${recipes}/README.md`,
    (readme) => addRow(readme, ["model"], (_, column) => cells[column] ?? "to be written") ?? readme,
  );
  changes.add(`.changeset/models-${kebab}.md`, changeset("models", `Adds the model \`${camel}\`.`));
}

/**
 * @param {Changes} changes
 * @param {Name} name
 * @param {boolean} withRecipe
 */
function addEntry(changes, name, withRecipe) {
  const { root } = changes;
  const { kebab, camel } = name;
  const used = sourcesIn(root, catalogue).flatMap((path) => read(root, path).match(/#[0-9a-f]{6}/g) ?? []);
  const title = kebab.replace(/(^|-)(.)/g, (_, gap, letter) => `${gap && " "}${letter.toUpperCase()}`);
  const entry = withRecipe ? entryOfRecipe : entryOfLayers;
  changes.add(`${catalogue}/${kebab}.ts`, entry(name, title, freeColor(used)));
  changes.edit(`${catalogue}/index.ts`, (index) =>
    addElement(index, arrayOf("models"), camel, `import { ${camel} } from "./${kebab}.ts";`),
  );
  // What the layers' traits say, which a test compares with what is built.
  for (const kind of ["plane", "table"])
    changes.edit(`${catalogue}/models.test.ts`, (test) =>
      addElement(test, arrayOf("expected"), JSON.stringify([kebab, kind, "exact", "analytic"])),
    );
}
