import type { HeadlineCell, HeadlineTable } from "./headline-table.ts";

/** The tables for a paper, to be read with `\input`. They need the packages booktabs and, for letters outside ASCII, LaTeX of 2018 or later. */
export function latexTables(tables: readonly HeadlineTable[]): string {
  return ["% Needs \\usepackage{booktabs}.", ...tables.map(latexTable)].join("\n\n") + "\n";
}

function latexTable({ title, caption, datasets, rows, published, sources }: HeadlineTable): string {
  const line = (label: string, cells: readonly HeadlineCell[]) =>
    `    ${[escape(label), ...cells.map(cellText)].join(" & ")} \\\\`;
  const literature =
    published.length === 0 ? [] : ["    \\midrule", ...published.map((r) => line(r.label, r.cells))];
  const about = [
    `${title}.`,
    caption,
    ...(published.length === 0
      ? []
      : ["The published networks are many times larger and were trained for days on GPUs.", ...sources]),
  ];
  return [
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${escape(about.join(" "))}}`,
    `  \\begin{tabular}{l${"r".repeat(datasets.length)}}`,
    "    \\toprule",
    `    ${["model", ...datasets].map(escape).join(" & ")} \\\\`,
    "    \\midrule",
    ...rows.map(({ label, cells }) => line(label, cells)),
    ...literature,
    "    \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
  ].join("\n");
}

/** "2.784 ± 0.012" -> $2.784 \pm 0.012$ */
function cellText({ text, best }: HeadlineCell): string {
  if (!text.includes("±")) return best ? `\\textbf{${escape(text)}}` : escape(text);
  const formula = text.replaceAll("±", "\\pm").replace(" (", "\\;(");
  return best ? `$\\mathbf{${formula}}$` : `$${formula}$`;
}

const special: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  "±": "$\\pm$",
  // At the start of a row they would belong to the line break before it.
  "[": "{[}",
  "*": "{*}",
};

/** Every character that LaTeX gives a meaning to. A line break becomes a space, and a range of numbers gets a dash. */
function escape(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\{}~^<>|±[*&%$#_]/g, (character) => special[character] ?? `\\${character}`)
    .replace(/^([\d.]+)-(?=[\d.]+$)/, "$1--");
}
