import { parse } from "csv-parse";
import { pipeline } from "node:stream/promises";
import { DataFileError } from "../../../errors.ts";
import { NumberList } from "../../arrays/number-list.ts";
import type { StoredArray } from "../../arrays/stored-array.ts";
import { withDataFile } from "../../files/read-data-file.ts";

/** Options of `readNumberRows`. */
export interface NumberRowsOptions {
  readonly signal?: AbortSignal | undefined;
  /** How many rows are looked at, given the cells of the heading. Default: all. */
  readonly mostRows?: (heading: readonly string[]) => number;
  /** Whether a row is kept, asked once for each in turn. Default: all are. */
  readonly keeps?: () => boolean;
}

/** Texts may be this large, since they are not held in memory. */
const largestBytes = 2 ** 32;
/** Characters. A file without line ends must not be read as one row. */
const largestRow = 2 ** 16;

/**
 * Reads a text of a heading line and rows of numbers, which commas, blanks or tabs separate.
 *
 * @throws DataFileError naming the first cell that is no finite number, or the first row of another length.
 */
export async function readNumberRows(
  where: string,
  path: string,
  { signal, mostRows = () => Infinity, keeps = () => true }: NumberRowsOptions,
): Promise<StoredArray> {
  const numbers = new NumberList();
  let heading: readonly string[] | undefined;
  let [limit, looked, rows, columns] = [Infinity, 0, 0, 0];
  const take = (record: readonly string[]) => {
    const cells = record.filter((cell) => cell !== "");
    if (heading === undefined) {
      heading = cells;
      limit = mostRows(cells);
      return null;
    }
    if (cells.length === 0 || looked >= limit) return null;
    looked++;
    if (!keeps()) return null;
    if (rows++ === 0) columns = cells.length;
    if (cells.length !== columns)
      throw new DataFileError(
        `${where}: expected ${columns} numbers in row ${looked}, received ${cells.length}`,
      );
    for (const [column, cell] of cells.entries()) {
      const value = Number(cell);
      if (!Number.isFinite(value))
        throw new DataFileError(
          `${where}: expected a number in row ${looked}, column ${column + 1}, received ${JSON.stringify(cell.slice(0, 100))}`,
        );
      numbers.push(value);
    }
    // Kept as numbers: the text of all cells would take many times as much memory.
    return null;
  };
  await withDataFile(where, path, { largestBytes, signal }, async (handle) => {
    const parser = parse({
      bom: true,
      delimiter: [",", " ", "\t"],
      quote: false,
      relax_column_count: true,
      max_record_size: largestRow,
      on_record: take,
    });
    parser.resume();
    await pipeline(handle.createReadStream({ autoClose: false }), parser, { signal });
  });
  if (rows === 0) throw new DataFileError(`${where}: expected rows of numbers, received none`);
  return { shape: [rows, columns], values: numbers.values() };
}
