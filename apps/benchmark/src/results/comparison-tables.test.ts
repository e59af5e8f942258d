import { describe, expect, it } from "vitest";
import { comparisonTables } from "./comparison-tables.ts";
import { madeUpOutcome } from "../../test-support/made-up-results.ts";

const jobs = [
  madeUpOutcome("moons", "plane", "i-resnet"),
  madeUpOutcome("2spirals", "plane", "i-resnet"),
  madeUpOutcome("moons", "plane", "glow"),
  madeUpOutcome("mnist", "image", "i-resnet"),
];
const literature = [{ dataset: "mnist", model: "i-resnet", value: "1.05", unit: "", budget: "", source: "" }];
const tables = comparisonTables(jobs, literature);
const group = (table: number, heading: string) =>
  tables[table]!.groups.find((each) => each.heading === heading)?.rows;

describe("the comparison", () => {
  it("has one table for each kind of data, headed by what models are judged by", () => {
    expect(tables.map(({ title, datasets }) => [title, datasets])).toEqual([
      ["Density estimation: points in the plane", ["moons", "2spirals"]],
      ["Density estimation: images", ["mnist"]],
    ]);
    for (const { groups } of tables) expect(groups[0]!.heading).toBe("test NLL");
  });

  it("has a row for each model and leaves missing jobs empty", () => {
    expect(group(0, "test NLL")).toEqual([
      { label: "i-resnet", cells: ["2.784 ± 0.012 nats", "2.784 ± 0.012 nats"] },
      { label: "glow", cells: ["2.784 ± 0.012 nats", ""] },
    ]);
  });

  it("averages seeds, with the standard error over them beside that over examples", () => {
    const withNll = (seed: number, value: number) => ({
      ...jobs[0]!,
      seed,
      metrics: { ...jobs[0]!.metrics, "test-nll": { ...testNll, value } },
    });
    const testNll = { value: 0, standardError: 0.03, examples: 100, likelihood: "exact" };
    const [table] = comparisonTables([withNll(1, 2.5), withNll(2, 2.7), withNll(3, 2.6)], []);
    // The sample's standard deviation is 0.1, so that of the mean of three is 0.1 / sqrt(3) = 0.0577.
    expect(table!.groups[0]!.rows).toEqual([{ label: "i-resnet", cells: ["2.600 ± 0.058 (± 0.030) nats"] }]);
    const parameters = table!.groups.find(({ heading }) => heading === "parameters");
    expect(parameters?.rows[0]?.cells).toEqual(["85,000"]);
  });

  it("shows published results only beside the data they belong to", () => {
    expect(group(0, "published")).toBeUndefined();
    expect(group(1, "published")).toEqual([{ label: "i-resnet", cells: ["1.05"] }]);
  });

  it("states once what belongs to the data set and not to a model", () => {
    expect(group(0, "entropy of the data")).toEqual([{ label: "any", cells: ["2.710", "2.710"] }]);
  });

  it("averages what belongs to the data over seeds, each once, although several models may have measured it", () => {
    const measured = (model: string, seed: number, value: number) => {
      const outcome = madeUpOutcome("mnist", "image", model);
      const floor = { value, standardError: 0.03 };
      return { ...outcome, seed, metrics: { ...outcome.metrics, "gaussian-floor": floor } };
    };
    const [table] = comparisonTables(
      [measured("glow", 1, 5.1), measured("glow", 2, 5.3), measured("maf", 1, 5.1), measured("maf", 2, 5.3)],
      [],
    );
    const rows = table!.groups.find(({ heading }) => heading === "NLL of a Gaussian")?.rows;
    expect(rows).toEqual([{ label: "any", cells: ["5.20 ± 0.10 (± 0.030) bits/dim"] }]);
  });

  it("reads a file without a metric, or with one of another version, as an empty cell", () => {
    const old = { ...jobs[0]!, metrics: { "test-nll": { mean: 2 }, parameters: 7 } };
    const [table] = comparisonTables([old], []);
    expect(table!.groups.map(({ heading }) => heading)).toEqual([
      "ms per step",
      "ms per sample",
      "parameters",
    ]);
  });
});
