import { DataFileError } from "../../../errors.ts";
import type { DividedTable } from "./divide.ts";

/** The columns of a published table, and the rows of its three parts. */
export interface PublishedSize {
  readonly columns: number;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** As in the MAF paper. */
export const publishedSizes = {
  power: { columns: 6, train: 1_659_917, validation: 184_435, test: 204_928 },
  gas: { columns: 8, train: 852_174, validation: 94_685, test: 105_206 },
  hepmass: { columns: 21, train: 315_123, validation: 35_013, test: 174_987 },
  miniboone: { columns: 43, train: 29_556, validation: 3_284, test: 3_648 },
  bsds300: { columns: 63, train: 1_000_000, validation: 50_000, test: 250_000 },
} as const satisfies Record<string, PublishedSize>;

/** @throws DataFileError for a table of another size, whose results could not be compared with published ones. */
export function checkSize(where: string, table: DividedTable, expected: PublishedSize): void {
  const words = (rows: readonly number[], columns: number) =>
    `${rows.join(" + ")} rows of ${columns} columns`;
  const wanted = words([expected.train, expected.validation, expected.test], expected.columns);
  const { train, validation, test } = table;
  const received = words([train.count, validation.count, test.count], train.shape[0]!);
  if (wanted !== received)
    throw new DataFileError(`${where}: expected ${wanted} after preprocessing, received ${received}`);
}

/** @throws DataFileError for NaN and infinity. */
export function checkFinite(where: string, { train, validation, test }: DividedTable): void {
  for (const [part, { values, shape }] of Object.entries({ train, validation, test })) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0)
      throw new DataFileError(
        `${where}: expected finite numbers, received ${values[at]} in row ${Math.floor(at / shape[0]!) + 1} of ${part}`,
      );
  }
}
