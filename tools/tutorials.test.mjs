import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { examplesOf, tutorials } from "./markdown.mjs";
import { root } from "./run/repository.mjs";

/** `npm run bench`, from the sources. */
const benchmark = [
  "--import",
  pathToFileURL(createRequire(join(root, "apps/benchmark/package.json")).resolve("tsx")).href,
  ...["--conditions", "@invertible/source", join(root, "apps/benchmark/src/main.ts")],
];

/**
 * @param {readonly string[]} commandLine
 * @param {string} cwd
 * @returns {Promise<{ exitCode: number | null, output: string }>}
 */
function node(commandLine, cwd) {
  const child = spawn(process.execPath, commandLine, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => (output += text));
  return new Promise((resolve) => child.on("close", (exitCode) => resolve({ exitCode, output })));
}

// What a tutorial prints on the way is checked with the other examples; this is its end.
describe("the last command of a tutorial", () => {
  it.each(tutorials())(
    "%s puts the model into the comparison table",
    { timeout: 600_000 },
    async (document) => {
      const command = /^npm run bench -- (.*)$/m.exec(readFileSync(join(root, document), "utf8"))?.[1] ?? "";
      const [, model = "", entry = ""] = /--model ([\w-]+)=(\S+)/.exec(command) ?? [];
      const folder = mkdtempSync(join(tmpdir(), "invertible-tutorial-"));
      try {
        mkdirSync(join(folder, "dist"));
        writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
        const compilerOptions = {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          rewriteRelativeImportExtensions: true,
        };
        for (const { name, code } of examplesOf(document))
          if (name)
            writeFileSync(
              join(folder, "dist", name.replace(/\.ts$/, ".js")),
              ts.transpileModule(code, { compilerOptions }).outputText,
            );
        expect(entry).toMatch(/^dist\//);
        // Fewer steps and models than in the tutorial, which take minutes.
        const { exitCode, output } = await node(
          [...benchmark, ...command.split(" "), "--models", model, "--steps", "5", "--out", "out"],
          folder,
        );
        expect({ exitCode, output }).toEqual({ exitCode: 0, output });
        expect(output).toMatch(new RegExp(`│ ${model} .*nats`));
        const { jobs } = JSON.parse(readFileSync(join(folder, "out/results.json"), "utf8"));
        expect(jobs.map((/** @type {{ name: string }} */ { name }) => name)).toContain(`moons-${model}`);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
