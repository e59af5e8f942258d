import { sizeOfShape } from "@invertible/datasets/node";
import type { StoredArray } from "@invertible/datasets/node";

/** Of rows that come undivided, so many are held out. */
const heldOut = 0.2;

/** Divides rows by chance: the same seed divides them in the same way, and no row is in both parts. */
export function divideRows(
  { shape: [count = 0, ...row], values }: StoredArray,
  seed: number,
): { readonly train: StoredArray; readonly test: StoredArray } {
  const order = shuffled(count, seed);
  const tests = Math.round(heldOut * count);
  const size = sizeOfShape(row);
  const take = (rows: readonly number[]): StoredArray => {
    const taken =
      values instanceof Uint8Array
        ? new Uint8Array(rows.length * size)
        : new Float64Array(rows.length * size);
    rows.forEach((from, to) => taken.set(values.subarray(from * size, (from + 1) * size), to * size));
    return { shape: [rows.length, ...row], values: taken };
  };
  return { train: take(order.slice(tests)), test: take(order.slice(0, tests)) };
}

/** Fisher and Yates' shuffle with the mulberry32 generator: small, and the same on every machine. */
function shuffled(count: number, seed: number): number[] {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
