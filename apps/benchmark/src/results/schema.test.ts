import { describe, expect, it } from "vitest";
import { decodeFloats, encodeBytes } from "./binary.ts";
import { formatDuration, formatMilliseconds, formatSmall, formatWithError } from "./format.ts";
import { madeUpJob, madeUpResults } from "./made-up-results.test-support.ts";
import { jobResultSchema, resultsSchema } from "./schema.ts";
import { renderTable } from "./terminal-table.ts";

const jobs = [madeUpJob("moons", "i-resnet"), madeUpJob("mnist", "glow")];

describe("the results' schema", () => {
  it("survives JSON", () => {
    for (const job of jobs) expect(jobResultSchema.parse(JSON.parse(JSON.stringify(job)))).toEqual(job);
    const results = madeUpResults(jobs);
    expect(resultsSchema.parse(JSON.parse(JSON.stringify(results)))).toEqual(results);
  });

  it.each([
    ["a missing metric", { test: undefined }],
    ["a metric that is no number", { test: { value: null, standardError: 0.1, examples: 10 } }],
    ["another format", { format: "invertible-benchmark-job/2" }],
    ["an unknown member", { surprise: 1 }],
    ["an unknown model", { model: "nice" }],
  ])("refuses %s", (_, change) => {
    expect(jobResultSchema.safeParse({ ...jobs[0], ...change }).success).toBe(false);
  });
});

describe("encodeBytes", () => {
  it("is exact, also for a view into a larger buffer", () => {
    const values = Float32Array.of(9, Math.PI, -0, 1e-42, 7).subarray(1, 4);
    expect(decodeFloats(encodeBytes(values))).toEqual(Float32Array.of(Math.PI, -0, 1e-42));
  });
});

describe("numbers", () => {
  it.each([
    [formatWithError(2.78412, 0.0123), "2.784 ± 0.012"],
    [formatWithError(1.91, 0.3), "1.91 ± 0.30"],
    [formatSmall(1.23e-6), "1.2e-6"],
    [formatSmall(0), "0"],
    [formatMilliseconds(0.08412), "0.0841"],
    [formatMilliseconds(41.23), "41.2"],
    [formatMilliseconds(631.4), "631"],
    [formatDuration(83.4), "1:23"],
  ])("%s", (text, expected) => expect(text).toBe(expected));
});

describe("the terminal table", () => {
  it("has a line per job where it fits, and a block per job where it does not", () => {
    const wide = renderTable(jobs, 300);
    expect(wide.split("\n").filter((line) => line.includes("2.784 ± 0.012 nats"))).toHaveLength(1);
    expect(wide).toContain("1.05");
    const narrow = renderTable(jobs, 60);
    expect(Math.max(...narrow.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(narrow).toMatch(/^test NLL +2\.784 ± 0\.012 nats$/m);
  });
});
