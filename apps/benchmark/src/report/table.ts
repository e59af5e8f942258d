import { html } from "./html.ts";
import type { Html } from "./html.ts";

export interface Heading {
  readonly heading: string;
  readonly align: "left" | "right";
}

export interface Row {
  /** Starts a group: a stronger line above it. */
  readonly first: boolean;
  readonly cells: readonly string[];
}

/** A table that turns into one card per row on a narrow screen. */
export function renderTable(headings: readonly Heading[], rows: readonly Row[], className = ""): Html {
  const aligned = (align: Heading["align"]) => (align === "right" ? "right" : "");
  return html`<div class="scroll">
    <table class="${className}">
      <thead>
        <tr>
          ${headings.map(({ heading, align }) => html`<th class="${aligned(align)}">${heading}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ first, cells }) =>
            html`<tr class="${first ? "first" : ""}">
              ${cells.map(
                (cell, i) =>
                  html`<td class="${aligned(headings[i]!.align)}" data-heading="${headings[i]!.heading}">
                    ${cell}
                  </td>`,
              )}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}
