import { DataFileError } from "../../../errors.ts";
import type { StoredArray } from "../../arrays/stored-array.ts";
import { divideAndStandardise } from "./divide.ts";
import type { DividedTable } from "./divide.ts";
import { numpyRandom } from "./numpy-random.ts";

/** Active power, reactive power, voltage, intensity, three sub-meters, time of day. */
const rawColumns = 8;

/**
 * POWER from the eight columns of the authors' `data.npy`: rows are shuffled by NumPy's generator of seed 42, reactive power and
 * intensity are left out, and noise makes the rounded measurements continuous: uniform below 0.01 on the voltage, 0.001 on the
 * active power, and 1 on the sub-meters, in this order of draws.
 */
export function preparePower(where: string, { shape, values }: StoredArray): DividedTable {
  const [count = 0, columns = 0] = shape;
  if (columns !== rawColumns)
    throw new DataFileError(`${where}: expected ${rawColumns} columns, received ${columns}`);
  const random = numpyRandom(42);
  const order = random.permutation(count);
  const noise = (scale: number, length: number) => Float64Array.from({ length }, () => scale * random.rand());
  const voltage = noise(0.01, count);
  const active = noise(0.001, count);
  const meters = noise(1, 3 * count);
  const width = 6;
  const prepared = new Float64Array(count * width);
  for (let row = 0; row < count; row++) {
    const from = order[row]! * columns;
    const to = row * width;
    prepared[to] = values[from]! + active[row]!;
    prepared[to + 1] = values[from + 2]! + voltage[row]!;
    for (let meter = 0; meter < 3; meter++)
      prepared[to + 2 + meter] = values[from + 4 + meter]! + meters[3 * row + meter]!;
    prepared[to + 5] = values[from + 7]!;
  }
  return divideAndStandardise(where, { shape: [count, width], values: prepared });
}
