import { describe, expect, it } from "vitest";
import { madeUpPerformance } from "../../../test-support/made-up-performance.ts";
import { readRecord } from "./read-record.ts";
import { renderPage } from "./render-page.ts";
import { renderTerminal } from "./render-terminal.ts";
import { sectionsOf } from "./tables.ts";

const cellsOf = (record = madeUpPerformance()) => {
  const { columns, rows } = sectionsOf(record)[0]!.tables[0]!;
  return rows.map((row) => Object.fromEntries(columns.map(([head], i) => [head, row[i]!])));
};

describe("the table of a case", () => {
  it("compares with the first program, and gives rates and shares of each program's own products", () => {
    const [wasm, torch] = cellsOf();
    expect(wasm).toEqual({
      program: "wasm",
      threads: "1",
      "gradient of the log-det": "Neumann",
      "at a time": "8",
      "ms/step, least": "190",
      median: "200",
      "against the first": "1.00 x",
      "GFLOP/step": "2.00",
      // 2 GFLOP in 0.2 s, of 40.
      "GFLOP/s": "10.0",
      share: "25 %",
      "peak MB": "300",
      "start, s": "2.5",
    });
    // 6 GFLOP in 0.3 s, of 100.
    expect(torch).toMatchObject({ "against the first": "1.50 x", "GFLOP/s": "20.0", share: "20 %" });
  });

  it("says why a program was not measured", () => {
    expect(cellsOf()[2]).toMatchObject({
      "ms/step, least": "not measured: killed | <out of memory>",
      median: "",
    });
  });

  it("leaves rates out where operations were not counted", () => {
    const record = madeUpPerformance();
    Object.assign(record.steps[0]!.variants[0]!, { operations: null });
    expect(cellsOf(record)[0]).toMatchObject({ "GFLOP/step": "", "GFLOP/s": "", share: "" });
  });

  it("is one for each case, since other networks do other work", () => {
    const [own] = madeUpPerformance().steps;
    const record = madeUpPerformance({ steps: [own!, { ...own!, layout: "two blocks" }] });
    const titles = sectionsOf(record)[0]!.tables.map(({ title }) => title);
    expect(titles).toEqual([
      "i-ResNet on images: one block; batch 64, 12,345 parameters",
      "i-ResNet on images: two blocks; batch 64, 12,345 parameters",
      "Products of 512 x 512 matrices, the best of all",
    ]);
  });

  it("says that the machine was busy", () => {
    const { title } = sectionsOf(madeUpPerformance({ loadAtStart: 1.26 }))[0]!.tables[0]!;
    expect(title).toContain("; the machine was busy, with a load of 1.3 at the start");
  });
});

describe("a record", () => {
  it("has a section for each part that was measured", () => {
    expect(sectionsOf(madeUpPerformance()).map(({ heading }) => heading)).toEqual([
      "Training steps",
      "Kinds of gradients",
      "Inverses",
      "Evaluation and sampling",
      "Log-determinants by dimension",
      "Sizes",
    ]);
    const few = madeUpPerformance({ steps: [], gradients: [], inverses: [], throughput: [], logDets: [] });
    expect(sectionsOf(few).map(({ heading }) => heading)).toEqual(["Sizes"]);
  });

  it("names the library behind PyTorch, or says that there is no PyTorch", () => {
    expect(renderTerminal(madeUpPerformance())).toContain(
      "version 9.9 with matrix products from /lib/libfast.so",
    );
    expect(renderTerminal(madeUpPerformance())).not.toContain("Do not compare");
    const reference = { program: "python3", torch: "9.9", blas: "/usr/lib/blas/libblas.so.3.11.0" };
    expect(renderTerminal(madeUpPerformance({ python: reference })).replaceAll("\n", " ")).toContain(
      "Do not compare with these rows: install an optimised one",
    );
    const absent = madeUpPerformance({ python: { absent: "python3: no module named torch" } });
    expect(renderTerminal(absent)).toContain("PyTorch was not measured: python3: no module named torch.");
  });

  it("is a page of which every table row has as many cells as its head", () => {
    const page = renderPage(madeUpPerformance({ loadAtStart: 1.26 }));
    const text = page.replaceAll("\n", " ");
    expect(text).toContain("Measured on 2031-02-03 with 2 x Slide Rule");
    expect(text).toContain("The load average was 1.26 at the start, so other programs ran beside");
    const tables = page
      .trimEnd()
      .split("\n\n")
      .filter((block) => block.startsWith("|"));
    expect(tables).toHaveLength(7);
    for (const table of tables) {
      const lines = table.split("\n");
      // All lines of a table are as long as each other, as prettier wants it, and have their bars at the same places.
      expect(new Set(lines.map((line) => line.length)).size).toBe(1);
      expect(new Set(lines.map((line) => line.split(/(?<!\\)\|/).length)).size).toBe(1);
    }
    expect(page).toContain("killed \\| &lt;out of memory>");
  });

  it("survives its file, and another file is refused by name and place", () => {
    const record = madeUpPerformance();
    expect(readRecord("a.json", JSON.stringify(record))).toEqual(record);
    expect(() => readRecord("a.json", "{")).toThrow(
      "a.json: expected a file that --json wrote, received no JSON",
    );
    expect(() => readRecord("a.json", JSON.stringify({ ...record, loadAtStart: "high" }))).toThrow(
      "loadAtStart",
    );
  });
});
