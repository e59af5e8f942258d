import { introduction } from "./introduction.ts";
import type { PerformanceRecord } from "./schema.ts";
import { sectionsOf } from "./tables.ts";
import type { PerfTable } from "./tables.ts";

const begin = `# Performance

This page is written by a command. Nothing on it is written by hand, and no figure is of another day or another machine:

\`\`\`sh
npm run perf -- --json perf.json
npm run perf -- --from perf.json --page docs/performance.md
\`\`\`

The first command measures, on a machine that does nothing else. \`npm run perf -- --help\` says what it needs and how to measure parts
of it.`;

/** The record as a page of Markdown, in the form that prettier gives it. */
export function renderPage(record: PerformanceRecord): string {
  const sections = sectionsOf(record).flatMap(({ heading, text, tables }) => [
    `## ${heading}`,
    wrapped(text),
    ...tables.flatMap((table) => [wrapped(`**${table.title}**`), markdownTable(table)]),
  ]);
  return `${[begin, wrapped(introduction(record).join(" ")), ...sections].join("\n\n")}\n`;
}

/** A table in the form that prettier gives it. */
export function markdownTable({ columns, rows }: PerfTable): string {
  const cells = [columns.map(([head]) => head), ...rows].map((row) => row.map(escaped));
  const widths = columns.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const padded = (cell: string, column: number) =>
    columns[column]![1] === "left" ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  const line = (row: readonly string[]) => `| ${row.map(padded).join(" | ")} |`;
  const rule = columns.map(([, align], column) =>
    align === "left" ? "-".repeat(widths[column]!) : `${"-".repeat(widths[column]! - 1)}:`,
  );
  const [head, ...body] = cells;
  return [line(head!), `| ${rule.join(" | ")} |`, ...body.map(line)].join("\n");
}

/** Words that a failure may hold, as cells. */
const escaped = (cell: string) => cell.replace(/\s+/g, " ").replaceAll("|", "\\|").replaceAll("<", "&lt;");

const lineWidth = 140;

/** The text in lines as long as those of the other pages. */
export function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > lineWidth) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join("\n");
}
