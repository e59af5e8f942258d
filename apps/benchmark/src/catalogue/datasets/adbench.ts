import { adbenchNames, divideNormalRows, loadAdbench } from "@invertible/datasets/node";
import { firstExamples } from "../../job/examples.ts";
import type { DatasetEntry } from "../dataset-entry.ts";
import { findSource } from "../find-source.ts";

/**
 * Normal rows of ADBench's sets, without rows that occur twice. Half of them, drawn by the seed, is trained on; the other half is the
 * test. Anomalies take no part, since a likelihood averaged over them says little.
 */
export const adbench: readonly DatasetEntry[] = adbenchNames.map((set) => {
  const name = `adbench-${set}`;
  return {
    name,
    title: `normal rows of ADBench's ${set}, each column with mean 0 and standard deviation 1 in training`,
    kind: "table",
    tasks: ["density"],
    prepare: (request) => findSource(name, "adbench", request, (options) => loadAdbench(set, options)),
    async load({ train, test, trainSeed, source }) {
      if (source === null) throw new Error(`${name}: expected a source of its file, received none`);
      const divided = divideNormalRows(await loadAdbench(set, source), { seed: trainSeed });
      // The normal rows come first.
      const normal = divided.test.labels.indexOf(1);
      const held = normal < 0 ? divided.test.count : normal;
      return {
        train: firstExamples(divided.train, train),
        test: firstExamples(divided.test, Math.min(test, held)),
      };
    },
  };
});
