import type { HeadlineCell, HeadlineTable } from "./headline-table.ts";

/** The tables in GitHub's Markdown, with columns of equal width, so that the text is readable as it is. */
export function markdownTables(tables: readonly HeadlineTable[]): string {
  return tables.map(markdownTable).join("\n");
}

function markdownTable({ title, caption, datasets, rows, published, sources }: HeadlineTable): string {
  const lines = [
    ["model", ...datasets].map(escape),
    ...rows.map(({ label, cells }) => [escape(label), ...cells.map(cellText)]),
    ...published.map(({ label, cells }) => [`_${escape(label)}_`, ...cells.map(cellText)]),
  ];
  const widths = lines[0]!.map((_, column) => Math.max(3, ...lines.map((line) => line[column]!.length)));
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [head, ...body] = lines;
  return [
    `## ${escape(title)}`,
    "",
    escape(caption),
    "",
    row(head!),
    rule,
    ...body.map(row),
    ...(published.length === 0
      ? []
      : [
          "",
          "The published networks are many times larger and were trained for days on GPUs:",
          "",
          ...sources.map((source) => `- ${escape(source)}`),
        ]),
    "",
  ].join("\n");
}

const cellText = ({ text, best }: HeadlineCell) => (best ? `**${escape(text)}**` : escape(text));

/** Every character that Markdown may give a meaning to, and a line break becomes a space. */
function escape(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_{}[\]<>|#~$&]/g, (character) => `\\${character}`);
}
