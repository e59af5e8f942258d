import { describe, expect, it } from "vitest";
import { ownCatalogue } from "../catalogue/catalogue.ts";
import { metrics } from "../metrics/index.ts";
import { madeUpJob, madeUpResults } from "../../test-support/made-up-results.ts";
import { renderReport } from "./render-report.ts";

const kinds = { moons: "plane", glyphs: "image", mnist: "image" } as const;
const jobs = (["moons", "glyphs", "mnist"] as const).flatMap((dataset) =>
  ["i-resnet", "glow"].map((model) => madeUpJob(dataset, kinds[dataset], model)),
);
const published = ownCatalogue.models.flatMap(({ name, published }) =>
  published.map((result) => ({ ...result, model: name })),
);
const render = (shown: typeof jobs, literature = published) =>
  renderReport(madeUpResults(shown, literature), shown, ownCatalogue);
const page = await render(jobs);

describe("the report", () => {
  it("refers to nothing outside itself", () => {
    const references = [
      ...page.matchAll(/(?<!data-)(?:src|href|xlink:href|action|data)\s*=\s*["']([^"']*)/gi),
    ].map((match) => match[1]!);
    expect(references.length).toBeGreaterThan(5);
    expect(references.filter((target) => !/^(#[a-z]|data:[a-z]+\/[a-z-]+;base64,)/.test(target))).toEqual([]);
    // Parts of the page are compared instead of all of it, so that a failure stays readable.
    const found = (pattern: RegExp) =>
      page.replace(/data:[a-z]+\/[a-z-]+;base64,[A-Za-z0-9+/=]+/g, "").match(pattern) ?? [];
    expect(found(/<script[^>]*>|<link|<iframe|@import|@font-face/gi)).toEqual(["<script>"]);
    expect(found(/\b(?:fetch|import|XMLHttpRequest|WebSocket|EventSource|sendBeacon|eval)\b/g)).toEqual([]);
    expect(found(/url\((?!#)[^)]*/gi)).toEqual([]);
    expect(found(/(?:https?:)?\/\/[a-z0-9.-]+/gi)).toEqual([]);
  });

  it("escapes text that comes from outside", () => {
    expect(page.match(/made-up .{0,20}?processor/g)).toEqual(["made-up &lt;processor"]);
  });

  it("says which machine ran which jobs, in a list that stays one of pairs", async () => {
    const results = madeUpResults(jobs, published);
    const elsewhere = results.jobs.map((job, i) => ({
      ...job,
      machine: { name: i === 0 ? "one" : "two", ...results.machine },
    }));
    const report = await renderReport({ ...results, jobs: elsewhere }, jobs, ownCatalogue);
    const box = report.split('<section class="made">')[1]!.split("</section>")[0]!;
    expect(box).toMatch(/one: [^]*1 job</);
    expect(box).toMatch(new RegExp(`two: [^]*${jobs.length - 1} jobs<`));
    const ends = (tag: string) => box.split(`</${tag}>`).length;
    expect(ends("dd")).toBe(ends("dt"));
  });

  it("holds what repeats the run, and its numbers and tables as files", () => {
    const box = page.split('<section class="made">')[1]!.split("</section>")[0]!;
    for (const fact of ["npm run bench", "2025-01-01 10:00 to 2025-01-01 10:02 UTC", "ops 0.1.0"])
      expect(box).toContain(fact);
    const files = [...box.matchAll(/download="([^"]+)" href="data:[^,]+,([^"]+)"/g)].map(
      ([, name, content]) => [name, Buffer.from(content!, "base64").toString()],
    );
    const { "results.json": json, ...texts } = Object.fromEntries(files);
    expect(JSON.parse(json)).toEqual(madeUpResults(jobs, published));
    expect(texts).toEqual({
      "tables.md": expect.stringContaining("| Glow"),
      "tables.tex": expect.stringContaining("\\toprule"),
    });
  });

  it("has a table for each kind of data, with model rows and data set columns, and explains its rows", () => {
    const tables = page.match(/<table class="comparison">.*?<\/table>/gs)!;
    expect(tables.map((table) => [...table.matchAll(/href="#(\w+)"/g)].map((match) => match[1]))).toEqual([
      ["moons"],
      ["glyphs", "mnist"],
    ]);
    for (const table of tables)
      for (const model of ["i-resnet", "glow"]) expect(table).toContain(`<th scope="row">${model}</th>`);
    const explained = [...page.matchAll(/<dt>([^<]*)<\/dt>/g)].map((match) => match[1]);
    const applying = metrics.filter((metric) =>
      (["plane", "image"] as const).some((kind) => metric.appliesTo({ task: "density", kind })),
    );
    expect(applying.length).toBeGreaterThan(8);
    expect(explained).toEqual(expect.arrayContaining(applying.map(({ heading }) => heading)));
  });

  it("gives every model its own colour, on a light page and on a dark one", () => {
    for (const { name, color } of ownCatalogue.models.filter(({ name }) =>
      jobs.some((j) => j.model === name),
    ))
      for (const mode of Object.values(color)) expect(page).toContain(`--model-${name}: ${mode};`);
  });

  it("marks the literature's figures as such, with their sources", async () => {
    const section = (html: string) => html.split("Published results")[1]?.split("<h2")[0];
    expect(section(page)).toContain("1.05-1.06");
    expect(section(page)).toContain("arXiv:1811.00995");
    const quick = jobs.filter(({ dataset }) => dataset !== "mnist");
    expect(section(await render(quick, []))).toBeUndefined();
  });

  it("says how each log-determinant was obtained", () => {
    const said = "biased: power series of 20 terms, 1 random probe; off by at most 4.0e-3 bits/dim";
    expect(page.includes(said)).toBe(true);
  });

  it("prints where a rule of the comparison is not kept", async () => {
    expect(page).not.toContain("Not kept");
    const results = madeUpResults(jobs);
    const rules = [{ name: "rule", text: "A rule.", violations: ["moons: too <large>"] }];
    expect(await renderReport({ ...results, rules }, jobs, ownCatalogue)).toContain(
      "Not kept: moons: too &lt;large&gt;.",
    );
  });

  it("draws data, samples and densities of each 2-D set, grids of images, and two plots for each", () => {
    const section = (name: string) => page.split(`<h2 id="${name}">`)[1]!.split("<h2")[0]!;
    expect(section("moons").match(/<figure>/g)).toHaveLength(8);
    const named = [...section("moons").matchAll(/aria-label="([\w-]+: [^"]*)"/g)].map((match) => match[1]);
    expect(named.slice(0, 4)).toEqual([
      "data: true density",
      "i-resnet: learned density",
      "glow: learned density",
      "data: held-out examples",
    ]);
    expect(section("moons").match(/<image[^>]+data:image\/png/g)).toHaveLength(3);
    expect(section("glyphs").match(/<figure>/g)).toHaveLength(6);
    expect(section("glyphs").match(/<img[^>]+data:image\/png/g)).toHaveLength(4);
  });
});
