import { parse } from "csv-parse/sync";
import { ArrayFileError } from "./array-file.ts";
import type { StoredArray } from "./array-file.ts";

/**
 * A table of numbers as CSV, with or without a line of column names.
 * @throws ArrayFileError naming the first cell that is no number.
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
        throw new ArrayFileError(
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
    if (error instanceof ArrayFileError) throw error;
    throw new ArrayFileError(`${where}: expected CSV, received ${(error as Error).message}`);
  }
  return { shape: [rows, columns], values: numbers.values() };
}

const isNumber = (cell: string) => cell !== "" && Number.isFinite(Number(cell));

/** Characters. A quotation mark that is never closed must not swallow the whole file. */
const largestRow = 2 ** 22;

/** Float64 numbers whose count is not known before. */
class NumberList {
  private numbers = new Float64Array(1024);
  private length = 0;
  push(value: number): void {
    if (this.length === this.numbers.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    this.numbers[this.length++] = value;
  }
  values(): Float64Array {
    return this.numbers.slice(0, this.length);
  }
}
