/**
 * Adds a row to the first table whose first column has one of these headings.
 *
 * @param {string} markdown
 * @param {readonly string[]} headings
 * @param {(heading: string, column: number) => string} cell what stands in the row, by column
 * @returns {string | undefined} nothing where there is no such table
 */
export function addRow(markdown, headings, cell) {
  const lines = markdown.split("\n");
  const cells = (/** @type {string} */ line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((each) => each.trim());
  const head = lines.findIndex(
    (line, i) =>
      line.startsWith("|") &&
      /^\|[\s:|-]+\|$/.test(lines[i + 1] ?? "") &&
      headings.includes(cells(line)[0] ?? ""),
  );
  if (head < 0) return undefined;
  let end = head + 2;
  while (lines[end]?.startsWith("|")) end += 1;
  const row = `| ${cells(/** @type {string} */ (lines[head]))
    .map(cell)
    .join(" | ")} |`;
  return [...lines.slice(0, end), row, ...lines.slice(end)].join("\n");
}
