import Table from "cli-table3";
import { columnsFor } from "./columns.ts";
import type { Outcome } from "./schema.ts";

/** The summary for a terminal: one table where it fits the width, one block of lines per job where it does not. */
export function renderTable(outcomes: readonly Outcome[], width: number): string {
  const columns = columnsFor(outcomes);
  const table = new Table({
    head: columns.map(({ heading }) => heading),
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], compact: true },
  });
  for (const outcome of outcomes) table.push(columns.map(({ text }) => text(outcome)));
  const text = table.toString();
  const needed = Math.max(...text.split("\n").map((line) => line.length));
  return needed <= width ? text : outcomes.map(renderBlock).join("\n\n");
}

function renderBlock(outcome: Outcome): string {
  const columns = columnsFor([outcome]);
  const width = Math.max(...columns.map(({ heading }) => heading.length));
  return columns.map(({ heading, text }) => `${heading.padEnd(width)}  ${text(outcome)}`).join("\n");
}
