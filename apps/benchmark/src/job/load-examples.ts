import { createHash } from "node:crypto";
import type { Random } from "@invertible/ops";
import type { ExampleSet } from "@invertible/trainer";
import type { DatasetEntry, LoadedData } from "../catalogue/dataset-entry.ts";
import { examplesBetween } from "./examples.ts";
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
  { job, workload, source, validation }: Pick<JobRequest, "job" | "workload" | "source" | "validation">,
  random: Random,
): Promise<LoadedExamples> {
  const seeds = random.fold("seeds").integers(2, 0, 2 ** 31 - 1);
  const loaded = await dataset.load({
    task: job.task,
    train: workload.trainExamples,
    test: workload.testExamples,
    trainSeed: seeds[0]!,
    testSeed: seeds[1]!,
    source,
  });
  const data = validation ? withoutTest(loaded, workload.testExamples) : loaded;
  const hash = createHash("sha256");
  const sets: ExampleSet[] = [data.train, data.test];
  // Densities are of the examples alone, so their digests are those of files from before there were classes.
  const targets = job.task === "density" ? [] : sets.flatMap(({ target }) => (target ? [target] : []));
  for (const { values, shape } of [...sets, ...targets])
    hash.update(shape.join("x")).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return { data, digest: hash.digest("hex").slice(0, 16) };
}

/** Of the training examples, so many are held out to choose settings by. */
const validationShare = 0.1;

/** The last training examples, at most `most`, in place of the test set, which is not looked at. */
function withoutTest({ train, test: _test, ...known }: LoadedData, most: number): LoadedData {
  const held = Math.min(most, Math.ceil(validationShare * train.count));
  if (held >= train.count)
    throw new RangeError(
      `loadExamples: expected training examples to hold out from, received ${train.count}`,
    );
  return {
    ...known,
    train: examplesBetween(train, 0, train.count - held),
    test: examplesBetween(train, train.count - held, train.count),
  };
}
