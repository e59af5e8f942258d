import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run/repository.mjs";

/**
 * `failures` names the failed cases, each with the first line of its message.
 *
 * @typedef {{ passed: number, failed: number, skipped: string[], failures: string[], files: number }} Totals
 */

/**
 * Where a suite leaves its machine-readable report.
 *
 * @param {"unit" | "webgpu" | "browser"} suite
 * @param {string} [repository] the checkout it ran in
 */
export const reportPath = (suite, repository = root) => join(repository, `.cache/reports/${suite}.json`);

/**
 * The totals of a vitest JSON report. A file that failed before its first test counts as one failure; a report that is
 * missing or holds no test at all is one failure too: a suite that ran nothing has shown nothing.
 *
 * @param {string} path
 * @returns {Totals}
 */
export function readReport(path) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return { passed: 0, failed: 1, skipped: [], failures: [], files: 0 };
  }
  return countReport(report);
}

/**
 * @typedef {{ status: string, fullName: string, failureMessages?: string[] }} Case
 * @param {{ testResults?: { name?: string, status: string, message?: string, assertionResults: Case[] }[] }} report
 * @returns {Totals}
 */
export function countReport(report) {
  const files = report.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === "passed").length;
  const failedTests = tests.filter((test) => test.status === "failed");
  const brokenFiles = files.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const skipped = tests
    .filter((test) => test.status !== "passed" && test.status !== "failed")
    .map((test) => test.fullName);
  const failures = [
    ...failedTests.map((test) => describeFailure(test.fullName, test.failureMessages?.[0])),
    ...brokenFiles.map((file) => describeFailure(file.name ?? "a file", file.message)),
  ];
  const failed = failures.length;
  return { passed, failed: passed + failed === 0 ? 1 : failed, skipped, failures, files: files.length };
}

const describeFailure = (/** @type {string} */ name, message = "") =>
  [name, message.split("\n")[0]].filter(Boolean).join(": ");

/** @param {Totals} totals */
export function describeTotals({ passed, failed, skipped, files }) {
  const skips = skipped.length > 0 ? `, ${skipped.length} SKIPPED` : "";
  return `${passed} tests passed, ${failed} failed${skips}, ${files} files`;
}
