import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describeTotals, readReport, reportPath } from "../reports.mjs";
import { capture, runInForeground } from "./processes.mjs";
import { root, toolEnvironment } from "./repository.mjs";

/**
 * A built program, run in the folder the user stands in: npm changes to the root, but a relative path on the command
 * line means the user's folder.
 *
 * @param {string} entry relative to the root
 */
export function runApp(entry) {
  return async (/** @type {readonly string[]} */ commandLine) => {
    const path = join(root, entry);
    if (!existsSync(path)) {
      console.error(`run: expected the build to write ${entry}, found nothing there`);
      return 1;
    }
    return runInForeground([path, ...commandLine], { cwd: userFolder() });
  };
}

/** The folder in which the user typed the command. */
export function userFolder(environment = process.env) {
  return (environment["npm_lifecycle_event"] && environment["INIT_CWD"]) || process.cwd();
}

/**
 * A vitest suite of its own configuration, with a JSON report beside what people read, and the totals last.
 *
 * @param {"unit" | "webgpu" | "browser"} suite
 */
export function runTests(suite) {
  return async (/** @type {readonly string[]} */ commandLine) => {
    const report = reportPath(suite);
    rmSync(report, { force: true });
    const started = performance.now();
    const exitCode = await runInForeground(
      [
        join(root, "node_modules/vitest/vitest.mjs"),
        "run",
        `--config=vitest.${suite === "unit" ? "" : `${suite}.`}config.ts`,
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${report}`,
        ...commandLine,
      ],
      // What `npm test` runs was built just before, so tests of commands need not compile the sources at each start.
      { cwd: root, env: { ...toolEnvironment(), ...(suite === "unit" && { INVERTIBLE_BUILT: "1" }) } },
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`${suite}: ${describeTotals(readReport(report))}, ${seconds} s`);
    return exitCode;
  };
}

/** The type check of every package with its tests, then of these tools. */
export async function checkTypes() {
  // One program for all packages takes an eighth of the time of one for each. The build checks each by itself, without its tests.
  const checks = await Promise.all(
    ["tsconfig.check-all.json", "tools/tsconfig.json"].map((path) => capture("tsc", ["-p", path], root)),
  );
  for (const { exitCode, output } of checks) if (exitCode !== 0) process.stdout.write(output);
  return checks.every(({ exitCode }) => exitCode === 0) ? 0 : 1;
}

/**
 * Writes the files of something new. Loaded late, because what it imports is only there after the set-up.
 *
 * @param {"layer" | "package" | "model"} what
 */
export function writeNew(what) {
  return async (/** @type {readonly string[]} */ commandLine) =>
    (await import("../scaffold/main.mjs")).scaffold(what, commandLine);
}

/** @param {readonly string[]} commandLine */
export async function reportOnLayer(commandLine) {
  return (await import("../layer-report/main.mjs")).layerReport(commandLine);
}
