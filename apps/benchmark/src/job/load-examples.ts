import { createHash } from "node:crypto";
import type { Random } from "@invertible/ops";
import type { DatasetEntry, LoadedData } from "../catalogue/dataset-entry.ts";
import type { JobRequest } from "./request.ts";

/** What one job trains and tests on, and proof of it. */
export interface LoadedExamples {
  readonly data: LoadedData;
  /** Of all values: models that were given the same examples have the same. */
  readonly digest: string;
}

/** Equal requests and equal keys give equal examples. */
export async function loadExamples(
  dataset: DatasetEntry,
  { workload, source }: Pick<JobRequest, "workload" | "source">,
  random: Random,
): Promise<LoadedExamples> {
  const seeds = random.fold("seeds").integers(2, 0, 2 ** 31 - 1);
  const data = await dataset.load({
    train: workload.trainExamples,
    test: workload.testExamples,
    trainSeed: seeds[0]!,
    testSeed: seeds[1]!,
    source,
  });
  const hash = createHash("sha256");
  for (const { values, shape } of [data.train, data.test])
    hash.update(shape.join("x")).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return { data, digest: hash.digest("hex").slice(0, 16) };
}
