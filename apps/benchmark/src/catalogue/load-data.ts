import { glyphs, toyDensities } from "@invertible/datasets";
import { loadMnist } from "@invertible/datasets/node";
import type { Random } from "@invertible/ops";
import type { ExampleSet } from "@invertible/trainer";
import { firstExamples } from "../job/examples.ts";
import type { JobRequest } from "../job/request.ts";
import type { Outcome } from "../results/schema.ts";
import { isPlane } from "./names.ts";

/** What one job trains and tests on. */
export interface JobData {
  readonly train: ExampleSet;
  readonly test: ExampleSet;
  readonly unit: Outcome["unit"];
  readonly entropy: Outcome["dataEntropy"];
  /** log p(x, y) of 2-D data where it is known, nats. */
  readonly logDensity: ((x: number, y: number) => number) | null;
}

/** Entropies by quadrature are right to this, says @invertible/datasets. */
const entropyUncertainty = 1e-6;

/** Equal requests and equal keys give equal examples. Test examples never occur in training: other seeds, other files. */
export async function loadData({ job, workload, data }: JobRequest, random: Random): Promise<JobData> {
  const { dataset } = job;
  const { trainExamples, testExamples } = workload;
  const seeds = random.fold("seeds").integers(2, 0, 2 ** 31 - 1);
  const [trainSeed, testSeed] = [seeds[0]!, seeds[1]!];
  if (isPlane(dataset)) {
    const density = toyDensities[dataset];
    return {
      train: density.generate({ count: trainExamples, seed: trainSeed }),
      test: density.generate({ count: testExamples, seed: testSeed }),
      unit: "nats",
      entropy: { value: density.entropy, uncertainty: entropyUncertainty },
      logDensity: density.logDensity,
    };
  }
  const images = { unit: "bits/dim", entropy: null, logDensity: null } as const;
  if (dataset === "glyphs") {
    const train = glyphs({ count: trainExamples, seed: trainSeed });
    return { ...images, train, test: glyphs({ count: testExamples, seed: testSeed }) };
  }
  if (data === null) throw new Error("loadData: expected a source of MNIST, received none");
  const { train, test } = await loadMnist(data);
  return { ...images, train: firstExamples(train, trainExamples), test: firstExamples(test, testExamples) };
}
