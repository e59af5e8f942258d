import { parse } from "csv-parse/sync";
import { DataFileError } from "../../errors.ts";
import { NumberList } from "./number-list.ts";
import type { StoredArray } from "./stored-array.ts";

/**
 * A table of numbers as CSV, with or without a line of column names.
 * @throws DataFileError naming the first cell that is no number.
 */
export function readCsv(where: string, bytes: Uint8Array): StoredArray {
  const numbers = new NumberList();
  let columns = 0;
  let rows = 0;
  const take = (row: readonly string[]) => {
    // A first row with anything else than numbers holds the names of the columns.
    if (columns === 0) {
      columns = row.length;
      if (!row.every(isNumber)) return null;
    }
    rows++;
    row.forEach((cell, column) => {
      if (!isNumber(cell))
        throw new DataFileError(
          `${where}: expected a number in row ${rows}, column ${column + 1}, received ${JSON.stringify(cell.slice(0, 100))}`,
        );
      numbers.push(Number(cell));
    });
    // Kept as numbers: the text of all cells would take many times as much memory.
    return null;
  };
  try {
    parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
      bom: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: largestRow,
      on_record: take,
    });
  } catch (error) {
    if (DataFileError.is(error)) throw error;
    throw new DataFileError(`${where}: expected CSV, received ${(error as Error).message}`);
  }
  return { shape: [rows, columns], values: numbers.values() };
}

const isNumber = (cell: string) => cell !== "" && Number.isFinite(Number(cell));

/** Characters. A quotation mark that is never closed must not swallow the whole file. */
const largestRow = 2 ** 22;
