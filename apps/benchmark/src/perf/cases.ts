import { glyphs, toyDensities } from "@invertible/datasets";
import type { Flow } from "@invertible/flow";
import { imageGlow, imageIResNet, vectorGlow, vectorIResNet } from "@invertible/models";
import type { Random } from "@invertible/ops";
import type { ExampleSet } from "@invertible/trainer";
import type { BackendName } from "../backend-names.ts";

export const caseNames = ["2d", "images"] as const;
export type CaseName = (typeof caseNames)[number];

/** One model on one kind of data. */
export interface PerformanceCase {
  readonly name: CaseName;
  readonly model: string;
  readonly layout: string;
  readonly batchSize: number;
  readonly warmupSteps: number;
  readonly timedSteps: number;
  /** Backends on which a step would take minutes. */
  readonly infeasible: readonly BackendName[];
  readonly data: () => ExampleSet;
  readonly build: (random: Random) => Flow;
}

const plane = {
  name: "2d",
  batchSize: 512,
  warmupSteps: 5,
  timedSteps: 30,
  infeasible: [],
  data: () => toyDensities.moons.generate({ count: 10_000, seed: 1 }),
} as const;

const images = {
  name: "images",
  batchSize: 64,
  warmupSteps: 2,
  timedSteps: 8,
  infeasible: ["cpu"],
  data: () => glyphs({ count: 1024, seed: 1 }),
} as const;

const inputShape = [28, 28, 1];

export const performanceCases: readonly PerformanceCase[] = [
  {
    ...plane,
    model: "i-resnet",
    layout: "10 blocks of 64-64-64, exact log-det",
    build: (random) =>
      vectorIResNet({ features: 2, random, blocks: 10, hidden: [64, 64, 64], activation: "lipSwish" }),
  },
  {
    ...plane,
    model: "glow",
    layout: "10 couplings of 64-64-64",
    build: (random) => vectorGlow({ features: 2, random, steps: 10, hidden: [64, 64, 64] }),
  },
  {
    ...images,
    model: "i-resnet",
    layout: "4 blocks of 64 channels each at 28x28x1, 14x14x4 and 7x7x16, 5 terms",
    build: (random) =>
      imageIResNet({
        inputShape,
        random,
        blocksPerScale: [4, 4, 4],
        hiddenChannels: 64,
        logDet: { trainingTerms: 5 },
      }),
  },
  {
    ...images,
    model: "glow",
    // A coupling needs two channels, so no level can lie at 28x28x1; and 28 halves only twice.
    layout: "24 steps of width 128: 8 at 14x14x4, 16 at 7x7x8",
    build: (random) => imageGlow({ inputShape, random, stepsPerScale: [8, 16], width: 128 }),
  },
];
