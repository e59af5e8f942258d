import { toyDensities } from "@invertible/datasets";
import type { ToyDensityName } from "@invertible/datasets";
import type { DatasetEntry } from "./dataset-entry.ts";

/** Entropies by quadrature are right to this, says @invertible/datasets. */
const uncertainty = 1e-6;

/** A density of @invertible/datasets as an entry of the catalogue. */
export function toyDataset(name: ToyDensityName, title: string): DatasetEntry {
  const { generate, entropy, logDensity } = toyDensities[name];
  return {
    name,
    title,
    kind: "plane",
    tasks: ["density"],
    load: ({ train, test, trainSeed, testSeed }) => ({
      train: generate({ count: train, seed: trainSeed }),
      test: generate({ count: test, seed: testSeed }),
      ...(Number.isFinite(entropy) && { entropy: { value: entropy, uncertainty } }),
      ...(logDensity && { logDensity }),
    }),
  };
}
