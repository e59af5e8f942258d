import { readdirSync } from "node:fs";
import { join } from "node:path";
import { workspaceFolders } from "../run/repository.mjs";
import { Changes } from "./changes.mjs";
import { nameFrom } from "./names.mjs";
import { refuse } from "./scaffold-error.mjs";
import { addProperty } from "./source-edits.mjs";
import { addRow } from "./table-edits.mjs";
import { layerSource, layerTest } from "./templates/layer.mjs";
import { packageIndex, packageReadme, packageTypes } from "./templates/package.mjs";
import { changeset, read, refuseTaken } from "./workspace.mjs";

const where = "new:package";

/** Manifest, compiler settings and licence are those of this package of layers, so that they follow what the repository decides. */
const sibling = "layers";
/** What people search for. The author adds others. */
const keywords = ["invertible-neural-networks", "normalizing-flows", "tensorflowjs"];

/**
 * Prepares a package with a first layer: manifest, compiler settings, README, sources, test, its places in the root, changeset.
 *
 * @param {string} root the repository
 * @param {{ name: string, layer?: string | undefined }} request the layer is called like the package unless it has a name of its own
 */
export function newPackage(root, { name: text, layer: layerText = text }) {
  const name = nameFrom(where, text);
  if (name.kebab !== text) refuse(where, "a name in kebab-case, as packages have", text, [name.kebab]);
  const taken = workspaceFolders(root).find((folder) => folder.endsWith(`/${text}`));
  if (taken) refuse(where, `a name that is not taken (${taken} exists)`, text);
  const layer = nameFrom(`${where} --layer`, layerText);
  const types = `${name.camel}Types`;
  for (const each of [layer.camel, types]) refuseTaken(root, where, each);

  const folder = `packages/${text}`;
  const changes = new Changes(root);
  const manifest = JSON.parse(read(root, `packages/${sibling}/package.json`));
  const described = {
    name: `@invertible/${text}`,
    version: "0.0.0",
    description: `Invertible layers: ${layer.camel}`,
    keywords: [...keywords, layer.kebab],
  };
  changes.add(`${folder}/package.json`, JSON.stringify({ ...manifest, ...described }, null, 2));
  for (const file of readdirSync(join(root, "packages", sibling)))
    if (/^tsconfig.*\.json$|^LICENSE/.test(file))
      changes.add(`${folder}/${file}`, read(root, `packages/${sibling}/${file}`));
  changes.add(`${folder}/README.md`, packageReadme(text, layer, types));
  changes.add(`${folder}/src/index.ts`, packageIndex(layer, types));
  changes.add(`${folder}/src/layer-types.ts`, packageTypes(layer, types));
  changes.add(`${folder}/src/${layer.kebab}.ts`, layerSource(layer));
  changes.add(`${folder}/src/${layer.kebab}.test.ts`, layerTest(layer));
  changes.add(`.changeset/first-${text}.md`, changeset(text, `First release: the layer \`${layer.camel}\`.`));

  changes.edit("tsconfig.json", (config) => {
    const { references, ...rest } = JSON.parse(config);
    const all = [...references, { path: `${folder}/tsconfig.build.json` }];
    return JSON.stringify({ ...rest, references: all.sort((a, b) => (a.path < b.path ? -1 : 1)) }, null, 2);
  });
  const dependencies = Object.keys(manifest.dependencies).map((each) => each.replace("@invertible/", ""));
  changes.edit("tools/dependency-rules.mjs", (rules) =>
    addProperty(rules, "internalDependencies", `${JSON.stringify(text)}: ${JSON.stringify(dependencies)}`),
  );
  const cells = [`[\`@invertible/${text}\`](${folder})`, "to be written"];
  changes.edit(
    "README.md",
    (readme) => addRow(readme, ["package"], (_, column) => cells[column] ?? "") ?? readme,
  );
  return {
    changes,
    name,
    layer,
    source: `${folder}/src/${layer.kebab}.ts`,
    test: `${folder}/src/${layer.kebab}.test.ts`,
  };
}
