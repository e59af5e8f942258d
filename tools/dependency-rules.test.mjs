import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { internalDependencies } from "./dependency-rules.mjs";
import { readJson, root } from "./run/repository.mjs";

const names = Object.keys(internalDependencies);

describe("package.json", () => {
  it.each(names)("%s depends only on what its sources may import", (name) => {
    const internal = Object.keys(readJson(`packages/${name}/package.json`).dependencies ?? {})
      .filter((dependency) => dependency.startsWith("@invertible/"))
      .map((dependency) => dependency.slice("@invertible/".length));
    for (const dependency of internal) expect(internalDependencies[name]).toContain(dependency);
  });
});

/** A workspace of empty packages, in which a rule is seen to fire. */
describe("dependency rules", () => {
  const folder = mkdtempSync(join(tmpdir(), "dependency-rules-"));

  /**
   * @param {string} path
   * @param {string} text
   */
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  beforeAll(() => {
    cpSync(join(root, "tsconfig.base.json"), join(folder, "tsconfig.base.json"));
    write("package.json", "{}");
    write("node_modules/vitest/package.json", '{ "name": "vitest", "main": "index.js" }');
    write("node_modules/vitest/index.js", "");
    mkdirSync(join(folder, "node_modules/@invertible"));
    for (const name of [...names, "newcomer"]) {
      const manifest = {
        name: `@invertible/${name}`,
        type: "module",
        exports: { ".": { "@invertible/source": "./src/index.ts" } },
        devDependencies: { vitest: "*" },
      };
      write(`packages/${name}/package.json`, JSON.stringify(manifest));
      if (name !== "newcomer") write(`packages/${name}/src/index.ts`, "export const one = 1;\n");
      symlinkSync(`../../packages/${name}`, join(folder, "node_modules/@invertible", name), "dir");
    }
    write("apps/benchmark/src/main.ts", 'import { one } from "@invertible/trainer";\nexport { one };\n');
    write(
      "packages/residual/src/allowed.ts",
      'import { one } from "@invertible/log-det";\nimport { one as two } from "@invertible/ops";\nexport const three = [one, two];\n',
    );
    write(
      "packages/ops/src/allowed.ts",
      'import { one } from "@invertible/wasm-kernels";\nexport const two = one;\n',
    );
    write("packages/ops/src/allowed.test.ts", 'import "vitest";\nimport "@invertible/models";\n');
    write(
      "packages/ops/test-support/allowed.ts",
      'import "vitest";\nimport { one } from "../src/index.ts";\nexport const two = one;\n',
    );
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** @returns {Promise<{ rule: string, from: string }[]>} the violations found */
  const cruise = () =>
    new Promise((resolve, reject) => {
      const program = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
      const config = join(root, ".dependency-cruiser.mjs");
      const commandLine = [program, "--config", config, "--output-type", "json", "packages", "apps"];
      execFile(process.execPath, commandLine, { cwd: folder, maxBuffer: 1e8 }, (error, stdout) => {
        try {
          const { summary } = JSON.parse(stdout);
          resolve(
            summary.violations.map((/** @type {{ rule: { name: string }, from: string }} */ violation) => ({
              rule: violation.rule.name,
              from: violation.from,
            })),
          );
        } catch {
          reject(error ?? new Error(stdout));
        }
      });
    });

  it("accept what the blueprint allows", async () => {
    expect(await cruise()).toEqual([]);
  });

  const forbidden = /** @type {const} */ ([
    ["direction-ops", "packages/ops/src/a.ts", 'import { one } from "@invertible/bijection";'],
    ["direction-wasm-kernels", "packages/wasm-kernels/src/a.ts", 'import { one } from "@invertible/ops";'],
    ["direction-log-det", "packages/log-det/src/a.ts", 'import { one } from "@invertible/residual";'],
    ["direction-coupling", "packages/coupling/src/a.ts", 'import { one } from "@invertible/layers";'],
    ["direction-flow", "packages/flow/src/a.ts", 'import type { one } from "@invertible/trainer";'],
    ["direction-models", "packages/models/src/a.ts", 'import { one } from "@invertible/trainer";'],
    ["direction-datasets", "packages/datasets/src/a.ts", 'import { one } from "@invertible/ops";'],
    ["direction-layers", "packages/layers/src/a.ts", 'import { one } from "@invertible/testing";'],
    ["through-the-front-door", "packages/flow/src/b.ts", 'import { one } from "../../ops/src/index.ts";'],
    [
      "package-never-imports-app",
      "packages/trainer/src/a.ts",
      'import { one } from "../../../apps/benchmark/src/main.ts";',
    ],
    ["test-tools-only-in-tests", "packages/residual/src/a.ts", 'import one from "vitest";'],
    ["no-cycle", "packages/spectral-norm/src/a.ts", 'import { one } from "./b.ts";'],
    ["sources-never-import-tests", "packages/ops/src/b.ts", 'import { one } from "./allowed.test.ts";'],
    [
      "sources-never-import-tests",
      "packages/ops/src/c.ts",
      'import { two as one } from "../test-support/allowed.ts";',
    ],
    ["known-package", "packages/newcomer/src/index.ts", 'import { one } from "@invertible/ops";'],
    ["resolvable", "packages/bijection/src/a.ts", 'import { one } from "./nowhere.ts";'],
  ]);

  it("catch every forbidden import, each by its rule", async () => {
    write("packages/spectral-norm/src/b.ts", 'export { one } from "./a.ts";\n');
    for (const [, path, line] of forbidden) write(path, `${line}\nexport { one };\n`);
    const violations = await cruise();
    for (const [rule, from] of forbidden) expect(violations).toContainEqual({ rule, from });
    expect(violations.map((violation) => violation.from).filter((from) => from.includes("allowed."))).toEqual(
      [],
    );
  });
});
