import { describe, expect, it } from "vitest";
import { realData } from "../../../../../tools/real-data.ts";
import { divideNormalRows } from "./divide-normal-rows.ts";
import { adbenchNames, loadAdbench } from "./load-adbench.ts";

const { folder, isThere } = realData;

describe.skipIf(!isThere)("loadAdbench", () => {
  it("reads every set", async () => {
    const sizes: Record<string, readonly number[]> = {};
    for (const name of adbenchNames) {
      const { count, shape, labels } = await loadAdbench(name, { folder });
      sizes[name] = [count, shape[0]!, labels.reduce((total, label) => total + label, 0)];
    }
    // Rows, columns and anomalies as in table 4 of the paper.
    expect(sizes).toMatchObject({
      annthyroid: [7200, 6, 534],
      breastw: [683, 9, 239],
      cardio: [1831, 21, 176],
      ionosphere: [351, 32, 126],
      mammography: [11183, 6, 260],
      pendigits: [6870, 16, 156],
      pima: [768, 8, 268],
      satellite: [6435, 36, 2036],
      shuttle: [49097, 9, 3511],
      thyroid: [3772, 6, 93],
      vowels: [1456, 12, 50],
    });
  });

  it("leaves out rows that occur several times", async () => {
    // 7848 rows are distinct in their numbers, and one of them is labelled both ways.
    const rows = await loadAdbench("mammography", { folder });
    expect(divideNormalRows(rows, { seed: 1 }).duplicates).toBe(11183 - 7849);
  });
});
