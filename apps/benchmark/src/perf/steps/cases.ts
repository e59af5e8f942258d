import { glyphs, toyDensities } from "@invertible/datasets";
import type { Flow } from "@invertible/flow";
import { geometricLaw, powerSeries, russianRoulette } from "@invertible/log-det";
import { imageGlow, imageIResNet, vectorGlow, vectorIResNet } from "@invertible/models";
import type { ImageIResNetOptions } from "@invertible/models";
import { createRandom } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import type { ExampleSet } from "@invertible/trainer";
import type { BackendName } from "../../backend-names.ts";
import { publishedLayout, publishedSize } from "./published-layout.ts";

export const caseNames = ["2d", "images"] as const;
export type CaseName = (typeof caseNames)[number];

/** How the gradient of the log-det is computed. Programs that do it differently do different work for the same purpose. */
export type LogDetGradient = "formula" | "every term" | "Neumann";

/** A network that one of our programs trains. */
export interface Program {
  readonly gradient: LogDetGradient;
  readonly build: (random: Random) => Flow;
}

/**
 * One network on one kind of data, measured on every engine and in PyTorch. Figures are compared within a case only, because
 * another layout or batch is other work.
 */
export interface PerformanceCase {
  readonly name: CaseName;
  readonly model: string;
  readonly layout: string;
  readonly batchSize: number;
  /** Number of examples that the first program is also measured with at a time. Default: whole batches only. */
  readonly microBatchSize?: number;
  /** Steps that are not timed, at least 1. */
  readonly warmUpSteps: number;
  readonly timedSteps: number;
  /** Steps of which the operations are counted. Default 1; more where their number is random. */
  readonly countedSteps?: number;
  /** Backends on which a step would take minutes. */
  readonly infeasible: readonly BackendName[];
  readonly data: () => ExampleSet;
  /** The first is what the models of this project do by default. All start from the same weights. */
  readonly programs: readonly Program[];
  /** What PyTorch does, following the published code. */
  readonly peerGradient: LogDetGradient;
}

/** Of all programs, also of PyTorch's. */
export const training = { learningRate: 1e-3, clipNorm: 50, initialExamples: 64 } as const;

const plane = {
  name: "2d",
  batchSize: 512,
  warmUpSteps: 5,
  timedSteps: 30,
  infeasible: [],
  data: () => toyDensities.moons.generate({ count: 10_000, seed: 1 }),
} as const;

const images = {
  name: "images",
  batchSize: 64,
  warmUpSteps: 2,
  timedSteps: 8,
  infeasible: ["cpu"],
  data: () => glyphs({ count: 1024, seed: 1 }),
} as const;

const inputShape = [28, 28, 1];

const publishedSeries = (terms: number, gradient: "neumann" | "series") => (random: Random) =>
  publishedLayout({ terms, gradient }, random);

const fullResolution = "4 blocks of 64 channels each at 28x28x1, 14x14x4 and 7x7x16";
const atFullResolution = (settings: Partial<ImageIResNetOptions>) => (random: Random) =>
  imageIResNet({ inputShape, random, blocksPerScale: [4, 4, 4], hiddenChannels: 64, ...settings });

const published = "4 blocks of 64 channels each at 14x14x4, 7x7x8 and 7x7x4";

/** Two exact terms and a geometric tail with p = 1/2, as published. */
const roulette = (exactTerms: number) =>
  // With L = 0.98^3 the variance of p = 1/2 is not proven to be finite. The time of a step does not depend on it.
  russianRoulette({ law: geometricLaw({ p: 0.5 }), exactTerms, variance: "unchecked" });

export const performanceCases: readonly PerformanceCase[] = [
  {
    ...plane,
    model: "i-ResNet",
    layout: "10 blocks of 64-64-64, exact log-det",
    programs: [
      {
        gradient: "formula",
        build: (random) =>
          vectorIResNet({ features: 2, random, blocks: 10, hidden: [64, 64, 64], activation: "lipSwish" }),
      },
    ],
    peerGradient: "formula",
  },
  {
    ...plane,
    model: "Glow",
    layout: "10 couplings of 64-64-64",
    programs: [
      {
        gradient: "formula",
        build: (random) => vectorGlow({ features: 2, random, steps: 10, hidden: [64, 64, 64] }),
      },
    ],
    peerGradient: "formula",
  },
  {
    ...images,
    model: "i-ResNet",
    microBatchSize: 8,
    layout: `${published}, 5 terms`,
    programs: [
      { gradient: "Neumann", build: publishedSeries(5, "neumann") },
      { gradient: "every term", build: publishedSeries(5, "series") },
    ],
    peerGradient: "every term",
  },
  {
    ...images,
    model: "i-ResNet",
    microBatchSize: 8,
    layout: `${published}, 10 terms`,
    programs: [{ gradient: "Neumann", build: publishedSeries(10, "neumann") }],
    peerGradient: "every term",
  },
  {
    ...images,
    model: "i-ResNet",
    microBatchSize: 8,
    layout: `${fullResolution}, 5 terms`,
    programs: [
      {
        gradient: "Neumann",
        build: atFullResolution({ logDet: powerSeries({ terms: 5 }) }),
      },
    ],
    peerGradient: "every term",
  },
  {
    ...images,
    model: "Residual Flow",
    microBatchSize: 8,
    countedSteps: 3,
    // A step takes a random number of terms, so the median of few steps is a matter of luck.
    timedSteps: 16,
    layout: `${fullResolution}, 2 terms and a roulette`,
    programs: [
      {
        gradient: "Neumann",
        build: atFullResolution({
          activation: "lipSwish",
          coefficient: 0.98,
          logDet: roulette(2),
          evaluationLogDet: roulette(20),
        }),
      },
    ],
    peerGradient: "Neumann",
  },
  {
    ...images,
    model: "Glow",
    // A coupling needs two channels, so no level can lie at 28x28x1; and 28 halves only twice.
    layout: "24 steps of width 128: 8 at 14x14x4, 16 at 7x7x8",
    programs: [
      {
        gradient: "formula",
        build: (random) => imageGlow({ inputShape, random, stepsPerScale: [8, 16], width: 128 }),
      },
    ],
    peerGradient: "formula",
  },
];

/**
 * The published size, which takes a GPU. A step takes the same time for all images, so these are random pixels of the size of
 * CIFAR-10's.
 */
export const publishedCase: PerformanceCase = {
  ...images,
  model: "i-ResNet",
  layout: "the published size: 16 blocks of 512 channels each at 16x16x12, 8x8x24 and 4x4x48, 5 terms",
  batchSize: 128,
  microBatchSize: 32,
  infeasible: ["cpu", "wasm"],
  data: () => randomPixels(256),
  programs: [
    {
      gradient: "Neumann",
      build: (random) => publishedLayout({ terms: 5, gradient: "neumann" }, random, publishedSize),
    },
  ],
  peerGradient: "every term",
};

function randomPixels(count: number): ExampleSet {
  const [height, width, channels] = publishedSize.inputShape;
  return {
    values: Uint8Array.from(createRandom(1).integers(count * height * width * channels, 0, 256)),
    shape: publishedSize.inputShape,
    count,
  };
}

/** All cases that a child process can be asked for. */
export const everyCase: readonly PerformanceCase[] = [...performanceCases, publishedCase];

/** The place of a case among all, by which a child process finds it. It may be a copy with fewer programs. */
export const caseNumber = ({ name, model, layout }: PerformanceCase) =>
  everyCase.findIndex((each) => each.name === name && each.model === model && each.layout === layout);
