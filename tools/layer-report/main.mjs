import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { importable } from "../markdown.mjs";
import { root } from "../run/repository.mjs";
import { ScaffoldError, refuse } from "../scaffold/scaffold-error.mjs";
import { packageNames } from "../scaffold/workspace.mjs";

const where = "layer-report";
/** Before the title of a layer in the name of a test. */
const prefix = "layer report: ";

/**
 * `npm run layer-report -- <package>/<layer>`. The tests of the package are collected with a `describeBijection` that reports, so every
 * layer is found that a test describes, with its inputs and options.
 *
 * @param {readonly string[]} commandLine
 * @returns {Promise<number>} the exit code: 0 where every law holds, 1 where one is broken, 2 for a layer that nobody described
 */
export async function layerReport(commandLine) {
  let exitCode = 0;
  const command = new Command("npm run layer-report --")
    .description("Prints what a layer's laws measure, what it costs, and what it proves.")
    .argument(
      "<package/layer>",
      'such as layers/actNorm, or "layers/actNorm, images" for one line of its tests',
    )
    .action(async (given) => {
      exitCode = await report(given);
    });
  try {
    await command
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .helpOption("-h, --help", "show this text")
      .parseAsync([...commandLine], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (!(error instanceof CommanderError || error instanceof ScaffoldError)) throw error;
    console.error(
      error instanceof ScaffoldError ? error.message : `${where}: ${error.message.replace(/^error: /, "")}`,
    );
    return 2;
  }
}

/** @param {string} given */
async function report(given) {
  const [, name = "", asked = ""] =
    /^([^/]*)\/(.*)$/.exec(given) ?? refuse(where, "<package>/<layer>", given);
  const names = packageNames(root);
  if (!names.includes(name)) refuse(where, `a package, one of ${names.join(", ")}`, name, names);
  const files = testsOf(name);
  if (files.length === 0) refuse(where, `a package whose tests call describeBijection`, name);
  const layer = asked.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
  const { texts, titles, errors } = await run(files, layer);
  for (const error of errors) console.error(error);
  for (const text of texts) console.log(text);
  if (texts.length === 0) {
    if (errors.length > 0) return 1;
    const known = titles.map((title) => title.replace(/, .*/, ""));
    refuse(where, `a layer that a test of ${name} describes, one of ${titles.join("; ")}`, asked, known);
  }
  const others = titles.filter(
    (title) => title.startsWith(`${layer},`) && !texts.some((text) => text.startsWith(`${title}:`)),
  );
  if (others.length > 0)
    console.log(`\nOther lines of its tests: ${others.map((title) => `"${name}/${title}"`).join(", ")}`);
  return errors.length > 0 || texts.some((text) => /^- /m.test(text)) ? 1 : 0;
}

/**
 * @param {string} name
 * @returns {string[]} the tests of the package that describe layers, in any backend but a browser's
 */
function testsOf(name) {
  const folder = join(root, "packages", name, "src");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts") && !/\.(webgpu|browser)\.test\.ts$/.test(path))
    .map((path) => join(folder, path))
    .filter((path) => readFileSync(path, "utf8").includes("describeBijection("))
    .sort();
}

/**
 * @param {readonly string[]} files
 * @param {string} layer
 * @returns {Promise<{ texts: string[], titles: string[], errors: string[] }>} reports, all titles, and what went wrong
 */
async function run(files, layer) {
  /** @type {string[]} */
  const texts = [];
  /** @type {string[]} */
  const titles = [];
  /** @type {string[]} */
  const errors = [];
  const inPlace = { "@invertible/testing": join(root, "tools/layer-report/describe-bijection.mts") };
  const alias = Object.entries({ ...importable(), ...inPlace }).map(([name, replacement]) => ({
    find: new RegExp(`^${name}$`),
    replacement,
  }));
  // Loaded here, so that a mistake on the command line is answered at once.
  const { startVitest } = await import("vitest/node");
  const vitest = await startVitest(
    "test",
    [],
    {
      config: false,
      watch: false,
      root,
      include: [...files],
      testNamePattern: `^${prefix}`,
      passWithNoTests: true,
      provide: { layerReport: { layer, prefix } },
      reporters: [
        {
          onUserConsoleLog: ({ content }) => {
            texts.push(content.trimEnd());
          },
          onTestRunEnd(modules, unhandled) {
            for (const { message } of [...unhandled, ...modules.flatMap((module) => module.errors())])
              errors.push(String(message));
            for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
              if (!test.name.startsWith(prefix)) continue;
              titles.push(test.name.slice(prefix.length));
              for (const { message } of test.result().errors ?? []) errors.push(String(message));
            }
          },
        },
      ],
    },
    {
      resolve: {
        conditions: ["@invertible/source"],
        alias,
      },
      ssr: { resolve: { conditions: ["@invertible/source"] } },
    },
  );
  await vitest.close();
  return { texts, titles, errors };
}
