import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { comparisonSection } from "../comparison-section.ts";
import { inversePlot } from "../plots/inverse-plot.ts";
import { pageScript } from "./page-script.ts";

/** The page with its script, which has run. linkedom has no layout: every element seems to lie at the origin, `width` wide. */
function open(body: string, width = 460) {
  const { document, Event } = parseHTML(`<!doctype html><html><body>${body}</body></html>`);
  const box = { left: 0, top: 0, width };
  for (const element of document.querySelectorAll("svg, figure"))
    Object.assign(element, { getBoundingClientRect: () => box });
  new Function("document", pageScript)(document);
  const send = (target: Element, type: string, facts: object = {}) =>
    target.dispatchEvent(Object.assign(new Event(type, { bubbles: true, cancelable: true }), facts));
  return { document, send };
}

describe("sorting", () => {
  const row = (label: string, ...cells: string[]) => ({ label, cells });
  const groups = [
    { heading: "NLL", rows: [row("a", "10.5 ± 0.1", "x"), row("b", "9.2 ± 0.1", ""), row("c", "", "w")] },
    { heading: "parameters", rows: [row("a", "1,200", "2"), row("b", "950", "1"), row("c", "1e-6", "3")] },
  ].map((group) => ({ ...group, meaning: "" }));
  const table = { title: "table", datasets: ["moons", "rings"], groups };
  const { document, send } = open(comparisonSection(table).html);
  const headings = document.querySelectorAll("thead th");
  const order = () =>
    [...document.querySelectorAll("tbody th[scope=row]")].map((th) => th.textContent).join("");
  const click = (column: number) => send(headings[column]!.querySelector("button")!, "click");

  it("goes upwards, downwards and back, by number, within each metric, with empty cells last", () => {
    const orders = [1, 1, 1].map((column) => {
      click(column);
      return [order(), headings[column]!.getAttribute("aria-sort")];
    });
    expect(orders).toEqual([
      ["baccba", "ascending"],
      ["abcabc", "descending"],
      ["abcabc", null],
    ]);
  });

  it("takes text as text, marks one heading at a time, and leaves the metric's name in its first row", () => {
    click(1);
    click(2);
    expect(order()).toBe("cabbac");
    expect([...headings].map((heading) => heading.getAttribute("aria-sort"))).toEqual([
      null,
      null,
      "ascending",
    ]);
    const first = [...document.querySelectorAll("tbody tr:first-child")].map(
      (tr) => tr.children[0]!.textContent,
    );
    expect(first).toEqual(["NLL", "parameters"]);
  });

  it("leaves a link in a heading a link", () => {
    const before = order();
    send(headings[1]!.querySelector("a")!, "click");
    expect(order()).toBe(before);
  });
});

describe("values of curves", () => {
  const series = [
    { model: "iterating", color: "red", value: curve(false, [0, 40, 80], [1, 1e-3, 1e-5]) },
    { model: "exact", color: "blue", value: curve(true, [0], [0]) },
  ];
  const svgText = inversePlot(series);
  const { document, send } = open(`<figure>${svgText}</figure>`, 920);
  const svg = document.querySelector("svg")!;
  const tip = document.querySelector(".tip")!;

  it("are those of the nearest point, whatever the size of the drawing", () => {
    // Half of the drawing's units: it is shown twice as wide.
    const { x, y } = pointOf(svgText, 1);
    send(svg, "pointermove", { clientX: 2 * x + 5, clientY: 2 * y - 5 });
    expect(tip.textContent).toContain("iterating, largest error");
    expect(tip.textContent).toContain("iterations per iterative layer 40: 1.0e-3");
    send(svg, "pointermove", { clientX: 400, clientY: 10_000 });
    expect(tip.textContent).toMatch(/^exact, \w+ errorat most 6\.0e-8/);
    const hiddenAfter = (pointerType: string) => {
      send(svg, "pointerleave", { pointerType });
      return (tip as HTMLElement).hidden;
    };
    expect([hiddenAfter("touch"), hiddenAfter("mouse")]).toEqual([false, true]);
  });

  it("are reached by the arrow keys", () => {
    const texts = ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"].map((key) => {
      send(svg, "keydown", { key });
      return /layer (\d+): (.*)/.exec(tip.textContent!)?.slice(1, 3);
    });
    expect(texts).toEqual([
      ["0", "1.0e+0 "],
      ["40", "1.0e-3 "],
      ["80", "1.0e-5 "],
      ["40", "1.0e-3 "],
    ]);
  });
});

describe("enlarging", () => {
  it("makes a button of each picture, which opens it in a dialog", () => {
    const { document, send } = open(
      `<div data-zoomable><figure><img alt="Samples of glow"></figure></div><figure><img alt="other"></figure>`,
    );
    const dialog = document.querySelector("dialog")!;
    let opened = 0;
    Object.assign(dialog, { showModal: () => opened++ });
    const buttons = document.querySelectorAll("figure button");
    expect([...buttons].map((button) => button.getAttribute("aria-label"))).toEqual([
      "Enlarge Samples of glow",
    ]);
    send(buttons[0]!, "click");
    expect(opened).toBe(1);
    expect(dialog.querySelector("strong")!.textContent).toBe("Samples of glow");
    expect(dialog.querySelectorAll("img")).toHaveLength(1);
    expect(buttons[0]!.querySelectorAll("img")).toHaveLength(1);
  });
});

function curve(analytic: boolean, iterations: number[], max: number[]) {
  return { analytic, iterations, max, mean: max.map((error) => error / 2) };
}

/** In the drawing's own units: the i-th point of its first curve. */
function pointOf(svg: string, i: number) {
  const pairs = [
    ...svg
      .split("<path")
      .find((part) => part.includes("largest error"))!
      .matchAll(/[ML]([\d.]+),([\d.]+)/g),
  ];
  return { x: Number(pairs[i]![1]), y: Number(pairs[i]![2]) };
}
