import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as prettier from "prettier";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { capture } from "../run/processes.mjs";
import { root } from "../run/repository.mjs";
import { Changes } from "./changes.mjs";
import { scaffold } from "./main.mjs";
import { copyRepository, linkDependencies } from "./test-support/copy-repository.mjs";

/** Laws that say what is missing as long as the inverse and the log-dets are not written; the others must hold from the start. */
const mathematics = ["round trip", "inverse round trip", "log-det", "initialise", "refresh", "enforce"];

const layer = "packages/layers/src/soft-clip";
const model = "two-halves";

/** @type {ReturnType<typeof copyRepository>} */
let copy;
/** @type {string} */
let printed;
/** @type {{ path: string, isNew: boolean }[]} */
let written;

/**
 * Runs a command of the scaffold in the copy.
 *
 * @param {"layer" | "package" | "model"} what
 * @param {string[]} commandLine
 */
async function run(what, ...commandLine) {
  const lines = /** @type {string[]} */ ([]);
  const collect = (/** @type {unknown} */ line) => lines.push(String(line));
  const spies = [
    vi.spyOn(console, "log").mockImplementation(collect),
    vi.spyOn(console, "error").mockImplementation(collect),
  ];
  const exitCode = await scaffold(what, commandLine, { root: copy.folder, install: false });
  for (const spy of spies) spy.mockRestore();
  return { exitCode, output: lines.join("\n") };
}

/**
 * Runs a program of the repository in the copy.
 *
 * @param {string} program relative to node_modules
 * @param {string[]} commandLine
 */
const tool = (program, ...commandLine) =>
  capture(process.execPath, [join(root, "node_modules", program), ...commandLine], copy.folder);

/**
 * Runs tests in the copy.
 *
 * @param {string[]} commandLine
 * @returns {Promise<{ failed: string[], passed: string[], output: string }>} full names of tests
 */
async function test(...commandLine) {
  const report = join(copy.folder, ".cache-tests.json");
  rmSync(report, { force: true });
  const { output } = await tool(
    "vitest/vitest.mjs",
    "run",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...commandLine,
  );
  if (!existsSync(report)) throw new Error(output);
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  const results = testResults.flatMap(
    (
      /** @type {{ assertionResults: { status: string, fullName: string }[], status: string, message: string }} */ file,
    ) => {
      if (file.assertionResults.length === 0 && file.status === "failed") throw new Error(file.message);
      return file.assertionResults;
    },
  );
  const named = (/** @type {string} */ wanted) =>
    results
      .filter((/** @type {{ status: string }} */ { status }) => status === wanted)
      .map((/** @type {{ fullName: string }} */ { fullName }) => fullName);
  return { failed: named("failed"), passed: named("passed"), output };
}

beforeAll(async () => {
  copy = copyRepository();
  const outputs = [
    await run("layer", "layers", "softClip"),
    await run("layer", "coupling", "soft-step"),
    await run("package", "spirals", "--layer", "spiral"),
    await run("model", model),
    await run("model", "three-thirds", "--only", "entry"),
  ];
  printed = outputs.map(({ output }) => output).join("\n");
  expect(outputs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0]);
  written = [...printed.matchAll(/^(wrote {2}|changed) (.*)$/gm)].map(([, verb, path = ""]) => ({
    path,
    isNew: verb !== "changed",
  }));
  linkDependencies(copy.folder, "packages/spirals", "packages/layers");
}, 60_000);
afterAll(() => copy?.remove());

describe("what is generated", () => {
  it("is a source with its test, an export, a place in the list of types, a row of the docs and a changeset", () => {
    const text = (/** @type {string} */ path) => readFileSync(join(copy.folder, path), "utf8");
    const paths = (/** @type {boolean} */ isNew) =>
      written.filter((each) => each.isNew === isNew).map(({ path }) => path);
    expect(paths(true)).toEqual(
      expect.arrayContaining([
        `${layer}.ts`,
        `${layer}.test.ts`,
        ".changeset/layers-soft-clip.md",
        // Beside the other couplings, not beside index.ts.
        "packages/coupling/src/couplings/soft-step.ts",
        "packages/spirals/package.json",
        "packages/models/src/two-halves.ts",
        "apps/benchmark/src/catalogue/models/two-halves.ts",
        "apps/benchmark/src/catalogue/models/three-thirds.ts",
      ]),
    );
    expect(text("packages/layers/src/index.ts")).toContain('export { softClip } from "./soft-clip.ts";');
    expect(text("packages/layers/src/layer-types.ts")).toMatch(
      /uniformDequantisationType,\n {2}softClipType,\n/,
    );
    expect(text("packages/layers/README.md")).toMatch(/\| `softClip\(\{ inputShape \}\)` +\| to be written/);
    expect(text("packages/coupling/src/couplings/coupling-types.ts")).toContain("softStepType,");
    expect(text("packages/coupling/README.md")).toMatch(/\| `softStep` +\| to be written/);
    expect(text("README.md")).toContain("[`@invertible/spirals`](packages/spirals)");
    expect(text("apps/benchmark/src/catalogue/models/index.ts")).toMatch(/twoHalves,\n {2}threeThirds,\n\]/);
    expect(text("packages/spirals/LICENSE")).toBe(text("LICENSE"));
    const { name, dependencies, devDependencies } = JSON.parse(text("packages/spirals/package.json"));
    const sibling = JSON.parse(text("packages/layers/package.json"));
    expect({ name, dependencies, devDependencies }).toEqual({
      name: "@invertible/spirals",
      dependencies: sibling.dependencies,
      devDependencies: sibling.devDependencies,
    });
  });

  it("is formatted", async () => {
    const config = { ...(await prettier.resolveConfig(join(copy.folder, "package.json"))) };
    // A licence has no format.
    for (const { path } of written.filter((each) => !each.path.endsWith("LICENSE"))) {
      const text = readFileSync(join(copy.folder, path), "utf8");
      expect(await prettier.check(text, { ...config, filepath: path }), path).toBe(true);
    }
  });

  it("compiles", { timeout: 120_000 }, () => {
    const base = ts.readConfigFile(join(copy.folder, "tsconfig.base.json"), (path) => ts.sys.readFile(path));
    const { options } = ts.parseJsonConfigFileContent(base.config, ts.sys, copy.folder);
    const program = ts.createProgram(
      written.map(({ path }) => join(copy.folder, path)).filter((path) => path.endsWith(".ts")),
      { ...options, composite: false, declaration: false, declarationMap: false, noEmit: true },
    );
    const errors = written
      .map(({ path }) => program.getSourceFile(join(copy.folder, path)))
      .filter((file) => file !== undefined)
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
      .map(
        ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
      );
    expect(errors).toEqual([]);
  });

  it("passes every check of the repository", { timeout: 120_000 }, async () => {
    const checks = await Promise.all([
      tool(
        "eslint/bin/eslint.js",
        "--max-warnings=0",
        ...written.map(({ path }) => path).filter((path) => /s$/.test(path)),
      ),
      tool(
        "dependency-cruiser/bin/dependency-cruise.mjs",
        ...["--config", ".dependency-cruiser.mjs", "packages", "apps"],
      ),
      tool("knip/bin/knip.js"),
      tool("sherif/index.js"),
    ]);
    for (const { exitCode, output } of checks) expect({ exitCode, output }).toEqual({ exitCode: 0, output });
  });

  it("fails where the mathematics is missing, and only there", { timeout: 180_000 }, async () => {
    const { failed, passed } = await test(
      `${layer}.test.ts`,
      "packages/models/src/two-halves.test.ts",
      "apps/benchmark/src/catalogue/models",
      "tools/readme-examples.test.mjs",
      ...["-t", "softClip on|what is no shape|spirals/|twoHalves|two-halves|three-thirds|stated here"],
    );
    const laws = new Set(failed.map((name) => / on (cpu|wasm) ([^:]*):/.exec(name)?.[2] ?? name));
    expect([...laws].filter((law) => !mathematics.includes(law))).toEqual([]);
    // The laws that say what is missing: an inverse, and a log-det.
    for (const law of ["round trip", "log-det"]) expect(laws).toContain(law);
    expect(failed.every((name) => name.startsWith("softClip on "))).toBe(true);
    for (const part of [
      "refuses what is no shape",
      "twoHalves on wasm gradients",
      "two-halves on a plane",
      "packages/spirals/README.md",
    ])
      expect(
        passed.filter((name) => name.includes(part)),
        part,
      ).not.toEqual([]);
  });

  it("is found by layer-report, which says what is missing", { timeout: 120_000 }, async () => {
    const { exitCode, output } = await capture(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `import { layerReport } from "./tools/layer-report/main.mjs";
         process.exitCode = await layerReport(["layers/soft-clip"]);`,
      ],
      copy.folder,
    );
    expect(output).toMatch(/^softClip: \[3\] -> \[3\]/);
    expect(output).toMatch(/^round trip +BROKEN +\S+ +1\.00e-4 +\S+ +inverse\(forward\(x\)\)/m);
    expect(output).toMatch(/^- first cause: round trip, softClip: inverse\(forward\(x\)\)/m);
    expect(exitCode).toBe(1);
  });

  it("passes every law once the mathematics is written", { timeout: 120_000 }, async () => {
    const path = join(copy.folder, `${layer}.ts`);
    const source = readFileSync(path, "utf8");
    const filled = source
      .replace(
        "import { exp, mul, newVariable, perExample,",
        "import { exp, mul, neg, newVariable, perExample, sum,",
      )
      .replace("perExample(x, 0)", "perExample(x, sum(logScale))")
      .replace(
        "x: y, logDet: () => perExample(y, 0)",
        "x: mul(y, exp(neg(logScale))), logDet: () => perExample(y, neg(sum(logScale)))",
      );
    expect(filled).not.toContain(", 0)");
    writeFileSync(path, filled);
    const { failed, passed } = await test(
      `${layer}.test.ts`,
      "-t",
      "softClip on wasm|softClip, images on cpu",
    );
    writeFileSync(path, source);
    expect(failed).toEqual([]);
    expect(passed.length).toBeGreaterThan(50);
  });
});

describe("a request that cannot be met", () => {
  const state = () =>
    [
      "packages",
      "packages/layers/src",
      "packages/models/src",
      ".changeset",
      "apps/benchmark/src/catalogue/models",
    ].flatMap((folder) => readdirSync(join(copy.folder, folder)));

  it.each(
    /** @type {[("layer" | "package" | "model"), string[], RegExp][]} */ ([
      [
        "layer",
        ["layer", "planar"],
        /^new:layer: expected a package of layers, one of .*, received "layer"; did you mean "layers"\?$/,
      ],
      [
        "layer",
        ["errors", "planar"],
        /^new:layer: expected a package of layers, one of .*, received "errors"$/,
      ],
      [
        "layer",
        ["layers", "act-norm"],
        /expected a name that no package exports \(@invertible\/layers exports this one\), received "actNorm"$/,
      ],
      ["layer", ["coupling", "actNorm"], /@invertible\/layers exports this one/],
      [
        "layer",
        ["layers", "exp-above"],
        /expected a name that no file has \(packages\/layers\/src\/exp-above\.ts exists\)/,
      ],
      [
        "layer",
        ["layers", "Planar_Flow"],
        /expected a name such as leaky-relu or leakyRelu, received "Planar_Flow"; did you mean "planar-flow"\?$/,
      ],
      ["layer", ["layers", "delete"], /expected a name that TypeScript does not reserve, received "delete"$/],
      ["layer", ["layers"], /^new:layer: missing required argument 'name'\nUsage: npm run new:layer -- /],
      ["package", ["flow"], /expected a name that is not taken \(packages\/flow exists\), received "flow"$/],
      ["package", ["benchmark"], /apps\/benchmark exists/],
      [
        "package",
        ["sineFlow"],
        /expected a name in kebab-case, as packages have, received "sineFlow"; did you mean "sine-flow"\?$/,
      ],
      [
        "package",
        ["sine", "--layr", "x"],
        /^new:package: unknown option '--layr'\n\(Did you mean --layer\?\)\nUsage: /,
      ],
      ["model", ["vector-glow"], /@invertible\/models exports this one/],
      [
        "model",
        ["maf"],
        /expected a name that no model of the benchmark has \(.*maf\.ts exists\), received "maf"$/,
      ],
      [
        "model",
        ["sine", "--only", "recipes"],
        /--only: expected one of recipe, entry, received "recipes"; did you mean "recipe"\?$/,
      ],
    ]),
  )("new:%s %s says so, and writes nothing", async (what, commandLine, message) => {
    const before = state();
    const { exitCode, output } = await run(what, ...commandLine);
    expect(output).toMatch(message);
    expect(exitCode).toBe(2);
    expect(state()).toEqual(before);
  });

  it("leaves everything as it was where a file cannot be written", async () => {
    const before = state();
    const index = readFileSync(join(copy.folder, "packages/layers/src/index.ts"), "utf8");
    const changes = new Changes(copy.folder);
    changes.edit("packages/layers/src/index.ts", (text) => `${text}\nexport {};\n`);
    changes.add("packages/half/src/index.ts", "export const one = 1;\n");
    changes.add("packages/half/src/index.ts/inside-a-file.md", "nothing\n");
    await expect(changes.apply()).rejects.toThrow(/^nothing was written: /);
    expect(state()).toEqual(before);
    expect(readFileSync(join(copy.folder, "packages/layers/src/index.ts"), "utf8")).toBe(index);
  });

  it("leaves everything as it was where a source is not one", async () => {
    const changes = new Changes(copy.folder);
    changes.add("packages/layers/src/fine.ts", "export const one = 1;\n");
    changes.add("packages/layers/src/wrong.ts", "export const = 1;\n");
    await expect(changes.apply()).rejects.toThrow(/^nothing was written: /);
    expect(existsSync(join(copy.folder, "packages/layers/src/fine.ts"))).toBe(false);
  });

  it("shows its usage with --help", async () => {
    const write = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
    const { exitCode } = await run("layer", "--help");
    const [[text = ""] = []] = write.mock.calls;
    write.mockRestore();
    expect(exitCode).toBe(0);
    expect(String(text)).toMatch(/^Usage: npm run new:layer -- \[options\] <package> <name>\n/);
  });
});
