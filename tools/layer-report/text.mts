/** Three digits: 0.25, 1.23e-5. */
export function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-2 && size < 1e4 ? String(Number(value.toPrecision(3))) : value.toExponential(2);
}

/** 2.6 x */
export function factor(ratio: number): string {
  return `${ratio.toPrecision(2)} x`;
}

/** Columns of equal width: text to the left, numbers to the right. The last column is not padded. */
export function alignedTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumber = (text: string) => /^$|^[-<\d]/.test(text);
  const columns = head.map((title, i) => {
    const cells = rows.map((row) => row[i] ?? "");
    const width = Math.max(title.length, ...cells.map((cell) => cell.length));
    return { width, right: i > 0 && i < head.length && cells.every(isNumber) && cells.some((c) => c !== "") };
  });
  const line = (cells: readonly string[]) =>
    columns
      .map(({ width, right }, i) =>
        right ? (cells[i] ?? "").padStart(width) : (cells[i] ?? "").padEnd(width),
      )
      .join("  ")
      .trimEnd();
  const rule = columns.map(({ width }) => "-".repeat(width)).join("  ");
  return [line(head), rule, ...rows.map(line)].join("\n");
}
