import Table from "cli-table3";
import { comparisonTables } from "./comparison-tables.ts";
import type { ComparisonTable } from "./comparison-tables.ts";
import type { Results } from "./schema.ts";

/** The comparison for a terminal. Data sets that do not fit side by side follow below each other. */
export function renderTables(
  { jobs, published }: Pick<Results, "jobs" | "published">,
  width: number,
): string {
  return comparisonTables(jobs, published)
    .flatMap((table) => [table.title, ...renderColumns(table, width)])
    .join("\n");
}

/** As many data sets at a time as the width holds, at least one. */
function renderColumns({ datasets, groups }: ComparisonTable, width: number): string[] {
  const blocks: string[] = [];
  for (let first = 0; first < datasets.length;) {
    let next = datasets.length;
    let text = draw(datasets, groups, first, next);
    while (next > first + 1 && widthOf(text) > width) text = draw(datasets, groups, first, --next);
    blocks.push(text);
    first = next;
  }
  return blocks;
}

function draw(
  datasets: ComparisonTable["datasets"],
  groups: ComparisonTable["groups"],
  first: number,
  next: number,
): string {
  const shown = datasets.slice(first, next);
  const table = new Table({
    head: ["", "model", ...shown],
    colAligns: ["left", "left", ...shown.map(() => "right" as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const { heading, rows } of groups)
    rows.forEach(({ label, cells }, i) =>
      table.push([i === 0 ? heading : "", label, ...cells.slice(first, next)]),
    );
  return table.toString();
}

const widthOf = (text: string) => Math.max(...text.split("\n").map((line) => line.length));
