import { describe, expect, it } from "vitest";
import { decodeFloats, encodeBytes } from "./binary.ts";
import { formatDuration, formatMilliseconds, formatSmall, formatWithError } from "./format.ts";
import { madeUpJob, madeUpResults } from "../../test-support/made-up-results.ts";
import { jobResultSchema, resultsSchema } from "./schema.ts";
import { renderTables } from "./terminal-table.ts";

const jobs = [madeUpJob("moons", "plane", "i-resnet"), madeUpJob("mnist", "image", "glow")];

describe("the results' schema", () => {
  it("survives JSON", () => {
    for (const job of jobs) expect(jobResultSchema.parse(JSON.parse(JSON.stringify(job)))).toEqual(job);
    const results = madeUpResults(jobs);
    expect(resultsSchema.parse(JSON.parse(JSON.stringify(results)))).toEqual(results);
  });

  it("lets a file stay readable when metrics and figures come and go", () => {
    const [job] = jobs;
    const { "test-nll": _, ...older } = job!.metrics;
    const changed = { ...job, metrics: { ...older, "of-the-future": { any: [1, "thing"] } }, figures: {} };
    expect(jobResultSchema.parse(changed)).toEqual(changed);
  });

  it.each([
    ["a missing member", { training: undefined }],
    ["a fractional count", { parameters: 1.5 }],
    ["another format", { format: "invertible-benchmark-job/1" }],
    ["an unknown member", { surprise: 1 }],
    ["a name that no file could have", { model: "../nice" }],
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

describe("the terminal tables", () => {
  it("set data sets side by side where they fit, and below each other where they do not", () => {
    const two = ["moons", "2spirals"].flatMap((dataset) =>
      ["i-resnet", "glow"].map((model) => madeUpJob(dataset, "plane", model)),
    );
    const results = madeUpResults(two);
    const headings = (text: string) => text.split("\n").filter((line) => /│\s+│ model /.test(line));
    expect(headings(renderTables(results, 300))).toHaveLength(1);
    const narrow = renderTables(results, 70);
    expect(headings(narrow)).toHaveLength(2);
    expect(narrow).toMatch(/test NLL.*i-resnet.*2\.784 ± 0\.012 nats/);
  });
});
