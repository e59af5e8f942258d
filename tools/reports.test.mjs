import { describe, expect, it } from "vitest";
import { countReport, describeTotals, readReport } from "./reports.mjs";

const test = (/** @type {string} */ status) => ({ status, fullName: `a ${status} test` });

describe("countReport", () => {
  it("counts cases", () => {
    const totals = countReport({
      testResults: [
        { status: "passed", assertionResults: [test("passed"), test("pending")] },
        { status: "failed", assertionResults: [test("passed"), test("failed"), test("failed")] },
      ],
    });
    expect(totals).toEqual({
      passed: 2,
      failed: 2,
      skipped: ["a pending test"],
      failures: ["a failed test", "a failed test"],
      files: 2,
    });
    expect(describeTotals(totals)).toBe("2 tests passed, 2 failed, 1 SKIPPED, 2 files");
  });

  it("counts a file that broke before its first test as a failure", () => {
    const report = {
      testResults: [
        { status: "failed", assertionResults: [] },
        { status: "failed", assertionResults: [test("passed")] },
        { status: "passed", assertionResults: [test("passed")] },
      ],
    };
    expect(countReport(report)).toMatchObject({ passed: 2, failed: 2 });
  });

  it("names what failed, with the first line of its message", () => {
    const broken = {
      ...test("failed"),
      failureMessages: ["AssertionError: expected 1 to be 2\n    at somewhere"],
    };
    const { failures } = countReport({
      testResults: [
        { status: "failed", assertionResults: [broken] },
        { name: "a.test.ts", status: "failed", message: "SyntaxError", assertionResults: [] },
      ],
    });
    expect(failures).toEqual(["a failed test: AssertionError: expected 1 to be 2", "a.test.ts: SyntaxError"]);
  });

  it("counts a suite that ran nothing as a failure", () => {
    expect(countReport({ testResults: [] }).failed).toBe(1);
    expect(
      countReport({ testResults: [{ status: "passed", assertionResults: [test("skipped")] }] }).failed,
    ).toBe(1);
    expect(readReport("nowhere.json").failed).toBe(1);
  });
});
