import type { ComparisonTable, RowGroup } from "../results/comparison-tables.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";

/** The tables of one task and kind of data. Each metric has a body of its own, within which the rows can be sorted. */
export function comparisonSection({ title, datasets, groups }: ComparisonTable): Html {
  return html`<h3>${title}</h3>
    <div class="scroll comparison-scroll">
      <table class="comparison">
        <thead>
          <tr>
            <td></td>
            <th scope="col" data-sortable>model</th>
            ${datasets.map(
              (dataset) =>
                html`<th scope="col" class="right" data-sortable><a href="#${dataset}">${dataset}</a></th>`,
            )}
          </tr>
        </thead>
        ${groups.map(
          (group) =>
            html`<tbody>
              ${groupRows(group)}
            </tbody>`,
        )}
      </table>
    </div>`;
}

function groupRows({ heading, rows }: RowGroup): Html[] {
  return rows.map(({ label, cells }, i) => {
    const head = i === 0 ? html`<th scope="rowgroup" rowspan="${rows.length}">${heading}</th>` : html``;
    return html`<tr>
      ${head}
      <th scope="row">${label}</th>
      ${cells.map((cell) => html`<td class="${cell.length > 30 ? "text" : ""}">${cell}</td>`)}
    </tr>`;
  });
}
