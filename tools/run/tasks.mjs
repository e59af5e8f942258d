import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describeTotals, readReport } from "../reports.mjs";
import { runInForeground } from "./processes.mjs";
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

/** Where `npm test` leaves its machine-readable report, relative to the root. */
export const unitReport = ".cache/reports/unit.json";

/**
 * Every test that needs neither a browser nor WebGPU.
 *
 * @param {readonly string[]} commandLine for vitest: file filters, `-t name`, ...
 */
export async function runUnitTests(commandLine) {
  const report = join(root, unitReport);
  rmSync(report, { force: true });
  const started = performance.now();
  const exitCode = await runInForeground(
    [
      join(root, "node_modules/vitest/vitest.mjs"),
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
      ...commandLine,
    ],
    { cwd: root, env: toolEnvironment() },
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${describeTotals(readReport(report))} in ${seconds} s`);
  return exitCode;
}
