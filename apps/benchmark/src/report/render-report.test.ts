import { describe, expect, it } from "vitest";
import { columns } from "../results/columns.ts";
import { madeUpJob, madeUpResults } from "../results/made-up-results.test-support.ts";
import { renderReport } from "./render-report.ts";

const jobs = (["moons", "glyphs", "mnist"] as const).flatMap((dataset) =>
  (["i-resnet", "glow"] as const).map((model) => madeUpJob(dataset, model)),
);
const page = renderReport(madeUpResults(jobs), jobs);

describe("the report", () => {
  it("refers to nothing outside itself", () => {
    const references = [...page.matchAll(/(?:src|href|xlink:href|action|data)\s*=\s*["']([^"']*)/gi)].map(
      (match) => match[1]!,
    );
    expect(references.length).toBeGreaterThan(5);
    expect(references.filter((target) => !target.startsWith("data:image/png;base64,"))).toEqual([]);
    // Parts of the page, not all of it: a failure must stay readable.
    const found = (pattern: RegExp) =>
      page.replace(/data:image\/png;base64,[A-Za-z0-9+/=]+/g, "").match(pattern) ?? [];
    expect(found(/<script|<link|<iframe|@import|@font-face/gi)).toEqual([]);
    expect(found(/url\((?!#)[^)]*/gi)).toEqual([]);
    expect(found(/(?:https?:)?\/\/[a-z0-9.-]+/gi)).toEqual([]);
  });

  it("escapes what it did not write", () => {
    expect(page.match(/made-up .{0,20}?processor/g)).toEqual([
      "made-up &lt;processor",
      "made-up &lt;processor",
    ]);
  });

  it("shows every job in the summary and every column in the glossary", () => {
    for (const { dataset, model } of jobs) {
      const row = `data-heading="data">${dataset}</td><td class="" data-heading="model">${model}</td>`;
      expect(page.includes(row)).toBe(true);
    }
    const explained = [...page.matchAll(/<dt>([^<]*)<\/dt>/g)].map((match) => match[1]);
    expect(explained).toEqual(expect.arrayContaining(columns.map(({ heading }) => heading)));
  });

  it("marks the literature's figures as such, with their sources", () => {
    const section = (html: string) => html.split("Published figures at full budget")[1]?.split("<h2")[0];
    expect(section(page)).toContain("1.05-1.06");
    expect(section(page)).toContain("arXiv:1811.00995");
    const quick = jobs.filter(({ dataset }) => dataset !== "mnist");
    expect(section(renderReport(madeUpResults(quick), quick))).toBeUndefined();
  });

  it("says how each log-determinant was obtained", () => {
    const said = "estimated: 20 terms, 1 probe (biased; cut off at most 4.0e-3 bits/dim)";
    expect(page.includes(said)).toBe(true);
  });

  it("draws for each 2-D set the data, samples and densities, for images grids, and two plots for each", () => {
    const section = (name: string) => page.split(`<h2 id="${name}">`)[1]!.split("<h2")[0]!;
    expect(section("moons").match(/<figure>/g)).toHaveLength(8);
    expect(section("moons").match(/<image[^>]+data:image\/png/g)).toHaveLength(3);
    expect(section("glyphs").match(/<figure>/g)).toHaveLength(6);
    expect(section("glyphs").match(/<img[^>]+data:image\/png/g)).toHaveLength(4);
  });
});
