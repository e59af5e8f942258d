import { parseHTML } from "linkedom";
import * as Plot from "@observablehq/plot";

/** Draws a plot to inline SVG. Text and axes take the page's colours, so dark and light both work. */
export function plotSvg(options: Omit<Plot.PlotOptions, "document">, label: string): string {
  return draw(options, label).outerHTML;
}

/**
 * The same for curves, each of which has a `title` channel with its name. The axes go into the attribute `data-axes`, from which
 * the page's script computes the values under the pointer.
 */
export function curvesSvg(
  options: Omit<Plot.PlotOptions, "document">,
  label: string,
  { unit = "", least = null }: { unit?: string; least?: number | null } = {},
): string {
  const figure = draw(options, label);
  const axis = (name: "x" | "y") => {
    const { type, domain, range } = figure.scale(name)!;
    return {
      label: String(options[name]?.label ?? name),
      log: type === "log",
      domain: [...domain!] as number[],
      range: [...range!] as number[],
    };
  };
  const axes: Axes = { x: axis("x"), y: { ...axis("y"), unit, least } };
  figure.setAttribute("data-axes", JSON.stringify(axes));
  return figure.outerHTML;
}

interface Axes {
  readonly x: Axis;
  /** `least`: the value at which all smaller ones are drawn. */
  readonly y: Axis & { readonly unit: string; readonly least: number | null };
}

/** Linear or logarithmic, from values to pixels of the view box. */
interface Axis {
  readonly label: string;
  readonly log: boolean;
  readonly domain: readonly number[];
  readonly range: readonly number[];
}

function draw(options: Omit<Plot.PlotOptions, "document">, label: string) {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  return Plot.plot({
    ...options,
    document,
    ariaLabel: label,
    style: { background: "none", ...(typeof options.style === "object" ? options.style : {}) },
  });
}
