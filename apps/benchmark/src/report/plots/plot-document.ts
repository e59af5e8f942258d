import { parseHTML } from "linkedom";
import * as Plot from "@observablehq/plot";

/** Draws a plot to inline SVG. Text and axes take the page's colours, so dark and light both work. */
export function plotSvg(options: Omit<Plot.PlotOptions, "document">, label: string): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const figure = Plot.plot({
    ...options,
    document,
    ariaLabel: label,
    style: { background: "none", ...(typeof options.style === "object" ? options.style : {}) },
  });
  return figure.outerHTML;
}
