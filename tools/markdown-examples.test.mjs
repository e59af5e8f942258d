import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { examplesOf, importable } from "./markdown.mjs";
import { root, workspaceFolders } from "./run/repository.mjs";

const members = workspaceFolders().filter((folder) => folder !== ".");
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => `docs/${name}`),
  ...members.map((folder) => `${folder}/README.md`),
].filter((path) => path.endsWith(".md") && existsSync(join(root, path)));

/**
 * Type-checks modules that exist in memory only, with the repository's compiler options.
 *
 * @param {ReadonlyMap<string, string>} modules code by path
 * @returns {string[]} `<path>:<line>: <message>`
 */
function errorsIn(modules) {
  const base = ts.readConfigFile(join(root, "tsconfig.base.json"), (path) => ts.sys.readFile(path));
  const options = {
    ...ts.parseJsonConfigFileContent(base.config, ts.sys, root).options,
    ...{ composite: false, declaration: false, declarationMap: false, noEmit: true },
    noUnusedLocals: false,
    paths: {
      ...Object.fromEntries(Object.entries(importable()).map(([name, source]) => [name, [source]])),
      // The peer of all packages, which a guide may use beside them.
      "@tensorflow/tfjs": [join(root, "apps/benchmark/node_modules/@tensorflow/tfjs/dist/index.d.ts")],
    },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, directoryExists } = host;
  host.fileExists = (path) => modules.has(path) || fileExists(path);
  host.readFile = (path) => modules.get(path) ?? readFile(path);
  host.directoryExists = (path) =>
    [...modules.keys()].some((module) => module.startsWith(`${path}/`)) || (directoryExists?.(path) ?? true);
  const program = ts.createProgram([...modules.keys()], options, host);
  return [...modules.keys()].flatMap((path) => {
    const file = program.getSourceFile(path) ?? expect.fail(`${path} is not in the program`);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ start = 0, messageText }) => {
        const line = ts.getLineAndCharacterOfPosition(file, start).line + 1;
        return `${relative(root, path)}:${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
      },
    );
  });
}

describe("examples in the documentation", () => {
  const examples = new Map(documents.flatMap(examplesOf).map(({ path, code }) => [path, code]));

  it("stand in the README of every package", () => {
    const without = documents
      .filter((path) => path.startsWith("packages/"))
      .filter((path) => ![...examples.keys()].some((example) => example.startsWith(join(root, path))));
    expect(without).toEqual([]);
  });

  it("are valid TypeScript against the sources", { timeout: 120_000 }, () => {
    const wrong = join(root, "README.md/wrong.ts");
    const code = 'import { chain } from "@invertible/bijection";\nchain(1);\nchain([]);\n';
    const errors = errorsIn(new Map([...examples, [wrong, code]]));
    expect(errors.filter((error) => error.startsWith("README.md/wrong.ts:2: "))).toHaveLength(1);
    expect(errors.filter((error) => !error.startsWith("README.md/wrong.ts:2: "))).toEqual([]);
  });
});
