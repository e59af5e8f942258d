import { parse } from "csv-parse/sync";
import { ArrayFileError } from "./array-file.ts";
import type { StoredArray } from "./array-file.ts";

/**
 * A table of numbers as CSV, with or without a line of column names.
 * @throws ArrayFileError naming the first cell that is no number.
 */
export function readCsv(where: string, bytes: Uint8Array): StoredArray {
  let rows: string[][];
  try {
    rows = parse(Buffer.from(bytes), { bom: true, skip_empty_lines: true, trim: true }) as string[][];
  } catch (error) {
    throw new ArrayFileError(`${where}: expected CSV, received ${(error as Error).message}`);
  }
  const isNumber = (cell: string) => cell !== "" && Number.isFinite(Number(cell));
  const named = rows.length > 0 && !rows[0]!.every(isNumber);
  const body = named ? rows.slice(1) : rows;
  const columns = body[0]?.length ?? 0;
  const values = new Float64Array(body.length * columns);
  body.forEach((row, i) =>
    row.forEach((cell, column) => {
      if (!isNumber(cell))
        throw new ArrayFileError(
          `${where}: expected a number in row ${i + 1}, column ${column + 1}, received ${JSON.stringify(cell)}`,
        );
      values[i * columns + column] = Number(cell);
    }),
  );
  return { shape: [body.length, columns], values };
}
