import { describe, expect, it } from "vitest";
import { tasks } from "../../catalogue/tasks/index.ts";
import { metrics } from "../../metrics/index.ts";
import { madeUpOutcome } from "../../../test-support/made-up-results.ts";
import type { Outcome, Results } from "../schema.ts";
import { tableExports } from "./table-exports.ts";

const job = (model: string, dataset: string, value: number, seed = 1): Outcome => {
  const outcome = madeUpOutcome(dataset, dataset === "mnist" ? "image" : "plane", model);
  const testNll = { ...(outcome.metrics["test-nll"] as object), value };
  return { ...outcome, seed, metrics: { ...outcome.metrics, "test-nll": testNll } as Outcome["metrics"] };
};
const titles = { glow: "Glow", mine: "50 % of A_1 & {B}\\|C", again: "Glow", star: "[*] Flow" };
const models = Object.entries(titles).map(([name, title]) => ({ name, title }));
const exportsOf = (jobs: Outcome[], published: Results["published"] = []) =>
  tableExports({ jobs, published }, { models: models as never });
const rows = (text: string) => text.split("\n").filter((line) => /^\s*\||&/.test(line));

describe("the tables for other documents", () => {
  it("can be made of every task, because what it is judged by ranks models", () => {
    for (const { name, headline, alsoJudgedBy = [] } of tasks)
      for (const judge of [headline, ...alsoJudgedBy])
        expect([name, metrics.find((metric) => metric.name === judge)?.ranking]).toEqual([
          name,
          expect.objectContaining({ better: expect.stringMatching(/^(smaller|larger)$/) }),
        ]);
  });

  it("mark the best value of each data set, which for a likelihood's negative logarithm is the smallest", () => {
    const { markdown, latex } = exportsOf([
      job("glow", "moons", 2.5),
      job("glow", "rings", 2.9),
      job("mine", "moons", 2.7),
      job("mine", "rings", 2.8),
    ]);
    expect(markdown).toContain("| Glow");
    expect(rows(markdown)[2]).toMatch(/\*\*2\.500 ± 0\.012\*\* \| +2\.900 ± 0\.012 \|/);
    expect(rows(markdown)[3]).toMatch(/ 2\.700 ± 0\.012 \| \*\*2\.800 ± 0\.012\*\* \|/);
    expect(latex).toContain("Glow & $\\mathbf{2.500 \\pm 0.012}$ & $2.900 \\pm 0.012$ \\\\");
    expect(latex).toContain("$2.700 \\pm 0.012$ & $\\mathbf{2.800 \\pm 0.012}$ \\\\");
  });

  it("name the unit of what classifiers are judged by", () => {
    const outcome = madeUpOutcome("mnist", "image", "glow");
    const error = { value: 1.5, standardError: 0.1, interval: [1.3, 1.7], examples: 100 };
    const { markdown, latex } = exportsOf([
      { ...outcome, task: "classification", unit: "nats", metrics: { "test-error": error } },
    ]);
    expect(markdown).toContain("Test error in %, smaller is better.");
    expect(latex).toContain("Test error in \\%, smaller is better.");
  });

  it("are two for networks that are judged by their classes and their density", () => {
    const outcome = madeUpOutcome("mnist", "image", "glow");
    const error = { value: 1.5, standardError: 0.1, interval: [1.3, 1.7], examples: 100 };
    const hybrid = (model: string, nll: object | null, seed = 1): Outcome => ({
      ...outcome,
      ...{ model, seed, task: "hybrid", unit: "nats" },
      metrics: { "test-error": error, "hybrid-nll": nll } as Outcome["metrics"],
    });
    const nll = { value: 1.25, standardError: 0.012 };
    const { markdown } = exportsOf([
      ...[hybrid("glow", nll), hybrid("glow", { ...nll, value: 1.35 }, 2)],
      // Trained for classes alone.
      ...[hybrid("mine", null), hybrid("mine", null, 2)],
    ]);
    expect(markdown).toContain("Test error in %, smaller is better.");
    const [, table = ""] = markdown.split("Test NLL in bits/dim, smaller is better.");
    expect(rows(table)[2]).toContain("| **1.300 ± 0.050 (± 0.012)** |");
    expect(rows(table)[3]).toMatch(/\| +\|$/);
  });

  it("leave cells empty where nothing was measured, and bold only what is there", () => {
    const { latex } = exportsOf([job("glow", "moons", 2.5), job("mine", "rings", 2.8)]);
    expect(latex).toContain("Glow & $\\mathbf{2.500 \\pm 0.012}$ &  \\\\");
  });

  it("show the mean over seeds with both standard errors, and say what they are", () => {
    const { markdown, latex } = exportsOf([job("glow", "moons", 2.5), job("glow", "moons", 2.7, 2)]);
    // The sample's standard deviation is 0.1 sqrt(2), so that of the mean of two is 0.1.
    expect(rows(markdown)[2]).toContain("**2.60 ± 0.10 (± 0.012)**");
    expect(latex).toContain("$\\mathbf{2.60 \\pm 0.10\\;(\\pm 0.012)}$");
    for (const text of [markdown, latex]) expect(text).toContain("Mean over 2 seeds.");
  });

  it("escape what the language gives a meaning to", () => {
    const { markdown, latex } = exportsOf([job("mine", "moons", 2.5)]);
    expect(rows(markdown)[2]).toContain("| 50 % of A\\_1 \\& \\{B\\}\\\\\\|C |");
    expect(latex).toContain("    50 \\% of A\\_1 \\& \\{B\\}\\textbackslash{}\\textbar{}C & ");
    // Where a row begins, LaTeX takes [ and * for options of the line break before it.
    expect(exportsOf([job("star", "moons", 2.5)]).latex).toContain("    {[}{*}] Flow & ");
  });

  it("name models of the same title apart", () => {
    const { latex } = exportsOf([job("glow", "moons", 2.5), job("again", "moons", 2.6)]);
    expect(latex).toMatch(/Glow \(glow\) &[^]*Glow \(again\) &/);
  });

  it("keep published values in rows of their own, marked as such, with their sources", () => {
    const literature = {
      dataset: "mnist",
      model: "glow",
      value: "0.95-1.05",
      budget: "",
      source: "A & B (2018)",
    };
    const { markdown, latex } = exportsOf([job("glow", "mnist", 1.9)], [{ ...literature, unit: "bits/dim" }]);
    expect(rows(markdown)[3]).toMatch(/^\| _Glow, published_ +\| +0\.95-1\.05 \|$/);
    expect(markdown).toContain("- Glow on mnist: A \\& B (2018).");
    expect(latex).toContain("    \\midrule\n    Glow, published & 0.95--1.05 \\\\\n    \\bottomrule");
    expect(latex).toContain("Glow on mnist: A \\& B (2018).");
    expect(exportsOf([job("glow", "mnist", 1.9)], [{ ...literature, unit: "nats" }]).latex).toContain(
      "0.95-1.05 nats",
    );
  });
});
