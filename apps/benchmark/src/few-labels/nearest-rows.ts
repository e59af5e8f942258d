import type { ExampleSet } from "@invertible/trainer";

/** For each query, the indices of its `k` nearest rows by Euclidean distance, the nearest first: [queries, k]. */
export async function nearestRows(
  rows: ExampleSet,
  queries: ExampleSet,
  k: number,
  signal: AbortSignal,
): Promise<Int32Array> {
  const size = rows.values.length / rows.count;
  const nearest = new Int32Array(queries.count * k);
  const [best, places] = [new Float64Array(k), new Int32Array(k)];
  for (let query = 0; query < queries.count; query++) {
    if (query % 256 === 0) {
      // A macrotask, so that an abort can arrive.
      await new Promise<void>((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    }
    best.fill(Infinity);
    for (let row = 0; row < rows.count; row++) {
      let distance = 0;
      for (let i = 0; i < size && distance < best[k - 1]!; i++)
        distance += (queries.values[query * size + i]! - rows.values[row * size + i]!) ** 2;
      if (!(distance < best[k - 1]!)) continue;
      let place = k - 1;
      for (; place > 0 && distance < best[place - 1]!; place--) {
        best[place] = best[place - 1]!;
        places[place] = places[place - 1]!;
      }
      best[place] = distance;
      places[place] = row;
    }
    nearest.set(places, query * k);
  }
  return nearest;
}
