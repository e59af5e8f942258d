import Table from "cli-table3";
import { introduction } from "./introduction.ts";
import type { PerformanceRecord } from "./schema.ts";
import { sectionsOf } from "./tables.ts";
import type { PerfTable } from "./tables.ts";

/** The record for a terminal. */
export function renderTerminal(record: PerformanceRecord): string {
  const sections = sectionsOf(record).flatMap(({ heading, text, tables }) => [
    `${heading}. ${text}`,
    ...tables.map((table) => `${table.title}\n${terminalTable(table)}`),
  ]);
  return [introduction(record).join("\n"), ...sections].join("\n\n");
}

/** A table for a terminal. */
export function terminalTable({ columns, rows }: PerfTable): string {
  const table = new Table({
    head: columns.map(([head]) => head),
    colAligns: columns.map(([, align]) => align),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
