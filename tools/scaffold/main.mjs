import { Command, CommanderError } from "commander";
import { spawnCaptured, runQuietly } from "../run/processes.mjs";
import { readJson, root as ownRoot } from "../run/repository.mjs";
import { modelParts, newModel } from "./new-model.mjs";
import { newLayer } from "./new-layer.mjs";
import { newPackage } from "./new-package.mjs";
import { ScaffoldError } from "./scaffold-error.mjs";

/** @typedef {import("./changes.mjs").Changes} Changes */

/**
 * `npm run new:layer`, `new:package` and `new:model`: checks the request, writes all files or none, and says what comes next.
 *
 * @param {"layer" | "package" | "model"} what
 * @param {readonly string[]} commandLine
 * @param {{ root?: string, install?: boolean }} [settings] another copy of the repository; whether a new package is linked
 * @returns {Promise<number>} the exit code: 2 for a request that cannot be met
 */
export async function scaffold(what, commandLine, { root = ownRoot, install = true } = {}) {
  const command = commands[what](root, install);
  try {
    await command
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .helpOption("-h, --help", "show this text")
      .parseAsync([...commandLine], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (!(error instanceof CommanderError || error instanceof ScaffoldError)) throw error;
    const message = error.message.replace(/^error: /, "");
    const usage = error instanceof CommanderError ? `\n${command.helpInformation().split("\n")[0]}` : "";
    console.error(error instanceof CommanderError ? `new:${what}: ${message}${usage}` : message);
    return 2;
  }
}

const commands = {
  layer: (/** @type {string} */ root) =>
    new Command("npm run new:layer --")
      .description("Writes all of a layer but its mathematics.")
      .argument("<package>", "where it belongs: layers, coupling, residual or a package of your own")
      .argument("<name>", "in kebab-case or camelCase, such as leaky-relu")
      .action(async (to, given) => {
        const { changes, name, source, test, hasRow } = newLayer(root, { package: to, name: given });
        await write(changes);
        if (!hasRow)
          console.log(`\npackages/${to}/README.md has no table of layers: say there what ${name.camel} is.`);
        advise(source, test, `${to}/${name.camel}`);
      }),
  package: (/** @type {string} */ root, /** @type {boolean} */ install) =>
    new Command("npm run new:package --")
      .description("Writes a package with a first layer, all but its mathematics.")
      .argument("<name>", "in kebab-case, without the scope")
      .option("--layer <name>", "what its first layer is called (default: like the package)")
      .action(async (given, options) => {
        const { changes, name, layer, source, test } = newPackage(root, { name: given, ...options });
        await write(changes);
        if (install) await link();
        advise(source, test, `${name.kebab}/${layer.camel}`);
      }),
  model: (/** @type {string} */ root) =>
    new Command("npm run new:model --")
      .description("Writes a model of act-norms and couplings, whose layers you then replace.")
      .argument("<name>", "in kebab-case or camelCase, such as planar-flow")
      .option(
        "--only <part>",
        `${modelParts.join(" or ")}: a recipe of @invertible/models, or an entry of the benchmark`,
      )
      .action(async (given, options) => {
        const { changes, name, tests } = newModel(root, { name: given, ...options });
        await write(changes);
        console.log(
          '\nReplace the layers of a step by yours, and what is marked with "to be written". Then run',
        );
        for (const each of tests) console.log(`  npm test -- ${each}`);
        if (options.only !== "recipe")
          console.log(`  npm run bench -- --models ${name.kebab},glow --datasets moons`);
      }),
};

/** @param {Changes} changes */
async function write(changes) {
  await changes.apply();
  for (const { path, isNew } of changes.list) console.log(`${isNew ? "wrote  " : "changed"} ${path}`);
}

/** Puts a new package into the lockfile and links it with the others. */
async function link() {
  const { exitCode, output } = await runQuietly("Linking the package", () =>
    spawnCaptured("pnpm", ["install", "--no-frozen-lockfile", "--prefer-offline", "--reporter=append-only"]),
  );
  if (exitCode === 0) return console.log("changed pnpm-lock.yaml");
  process.stderr.write(output);
  const pnpm = readJson("package.json").packageManager;
  console.error(`new:package: the package is written but not linked; run "npx ${pnpm} install"`);
}

/**
 * @param {string} source
 * @param {string} test
 * @param {string} layer
 */
function advise(source, test, layer) {
  console.log(`
Write the mathematics in ${source}, where it says "to be written".
Until then the laws fail that compare the two directions or look at the log-det, and say what is missing:
  npm test -- ${test}
  npm run layer-report -- ${layer}`);
}
