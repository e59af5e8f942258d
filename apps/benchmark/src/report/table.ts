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
  const head = headings.map(
    ({ heading, align }) => html`<th scope="col" class="${classOf(align)}" data-sortable>${heading}</th>`,
  );
  const body = rows.map(({ first, cells }) => {
    const row = cells.map((text, i) => renderCell(headings[i]!, text));
    return html`<tr class="${first ? "first" : ""}">
      ${row}
    </tr>`;
  });
  return html`<div class="scroll">
    <table class="cards-table ${className}">
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

/** On a narrow screen the heading stands beside the value, so each cell carries it. */
function renderCell({ heading, align }: Heading, text: string): Html {
  return html`<td class="${classOf(align)}" data-heading="${heading}">${text}</td>`;
}

const classOf = (align: Heading["align"]) => (align === "right" ? "right" : "");
