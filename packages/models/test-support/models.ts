import { createRandom, tensor } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import type { Flow } from "@invertible/flow";
import {
  exactLogDet,
  geometricLaw,
  neumann,
  powerSeries,
  russianRoulette,
  withGradient,
} from "@invertible/log-det";
import {
  imageFfjord,
  imageGlow,
  imageIDenseNet,
  imageIResNet,
  imageImplicitFlow,
  imageMaf,
  imageMonotoneFlow,
  imageRealNvp,
  imageSplineFlow,
  nice,
  vectorFfjord,
  vectorGlow,
  vectorIResNet,
  vectorMaf,
  vectorRealNvp,
} from "../src/index.ts";

const oneScale = { inputShape: [8, 8, 1], blocksPerScale: [1], firstScale: "squeezed" } as const;

/** Small models of every kind, and data for them. */
export const examples: readonly (readonly [
  name: string,
  build: (random: Random) => Flow,
  data: (random: Random, count: number) => Tensor,
])[] = [
  ["vectorGlow", (random) => vectorGlow({ features: 2, steps: 4, hidden: [16, 16], random }), correlated],
  ["nice", (random) => nice({ inputShape: [2], hidden: [16, 16], random }), correlated],
  ["nice, images", (random) => nice({ inputShape: [8, 8, 1], hidden: [16], random }), pixels],
  [
    "vectorRealNvp",
    (random) => vectorRealNvp({ features: 2, couplings: 4, hidden: [16], random }),
    correlated,
  ],
  // With two scales, moving every weight makes latents of 1e4, out of which float32 does not come back.
  ["imageRealNvp", (random) => imageRealNvp({ inputShape: [8, 8, 1], scales: 1, width: 8, random }), pixels],
  [
    "vectorIResNet",
    (random) => vectorIResNet({ features: 2, blocks: 4, hidden: [16, 16], random }),
    correlated,
  ],
  [
    "vectorMaf with batch norms",
    (random) => vectorMaf({ features: 2, layers: 3, hidden: [16], normalisation: "batch-norm", random }),
    correlated,
  ],
  [
    "vectorFfjord",
    (random) => vectorFfjord({ features: 2, blocks: 2, hidden: [16, 16], steps: 3, random }),
    correlated,
  ],
  [
    "imageGlow",
    (random) => imageGlow({ inputShape: [8, 8, 1], stepsPerScale: [2, 2], width: 8, random }),
    pixels,
  ],
  [
    "imageGlow, centred",
    (random) =>
      imageGlow({
        inputShape: [8, 8, 1],
        stepsPerScale: [1],
        width: 4,
        pixels: { transform: "centred" },
        random,
      }),
    pixels,
  ],
  [
    "imageGlow, additive, reversed, with a prior per channel",
    (random) =>
      imageGlow({
        inputShape: [8, 8, 1],
        stepsPerScale: [2, 1],
        width: 8,
        coupling: "additive",
        mixing: "reverse",
        topPrior: "per-channel",
        random,
      }),
    pixels,
  ],
  [
    "vectorMaf with mixtures",
    (random) => vectorMaf({ features: 2, layers: 2, hidden: [16], components: 4, random }),
    correlated,
  ],
  ["imageMaf", (random) => imageMaf({ inputShape: [8, 8, 1], layers: 1, hidden: [16], random }), pixels],
  [
    "imageSplineFlow",
    (random) => imageSplineFlow({ inputShape: [8, 8, 1], stepsPerScale: [1, 1], width: 4, random }),
    pixels,
  ],
  [
    "imageFfjord",
    (random) => imageFfjord({ inputShape: [8, 8, 1], hidden: [4], steps: 3, time: 0.5, random }),
    pixels,
  ],
  ["imageIDenseNet", (random) => imageIDenseNet({ ...oneScale, layers: 2, growth: 4, random }), pixels],
  ["imageMonotoneFlow", (random) => imageMonotoneFlow({ ...oneScale, layers: 1, growth: 4, random }), pixels],
  ["imageImplicitFlow", (random) => imageImplicitFlow({ ...oneScale, hiddenChannels: 4, random }), pixels],
  [
    "vectorIResNet, orthogonal, of pairs, unbiased",
    (random) =>
      vectorIResNet({
        features: 2,
        blocks: 3,
        hidden: [12, 12],
        coefficient: [0.9, 1.05, 0.95],
        parametrisation: "orthogonal",
        activation: "cLipSwish",
        logDet: russianRoulette({ law: geometricLaw({ p: 0.15 }), exactTerms: 4 }),
        evaluationLogDet: exactLogDet(),
        inverse: { method: "anderson" },
        random,
      }),
    correlated,
  ],
  [
    "imageIResNet, aol, with a Neumann gradient",
    (random) =>
      imageIResNet({
        inputShape: [8, 8, 1],
        blocksPerScale: [1, 1],
        hiddenChannels: 8,
        parametrisation: "aol",
        activation: "lipSwish",
        logDet: withGradient({ value: powerSeries({ terms: 4 }), gradient: neumann({ terms: 4 }) }),
        evaluationLogDet: powerSeries({ terms: 8 }),
        random,
      }),
    pixels,
  ],
  [
    "imageIResNet",
    (random) => imageIResNet({ inputShape: [8, 8, 1], blocksPerScale: [1, 2], hiddenChannels: 8, random }),
    pixels,
  ],
  [
    "imageIResNet as published",
    (random) =>
      imageIResNet({
        inputShape: [8, 8, 1],
        blocksPerScale: [1, 1],
        hiddenChannels: 8,
        firstScale: "squeezed",
        betweenScales: "factor-out-half",
        pixels: { transform: "centred" },
        random,
      }),
    pixels,
  ],
];

/** Points near a bent line. */
export function correlated(random: Random, count: number): Tensor {
  const [u, v] = [random.fold("u").normalArray(count), random.fold("v").normalArray(count)];
  return tensor(Array.from(u, (a, i) => [1.5 * a, Math.sin(2 * a) + 0.4 * v[i]!]));
}

/** Grey images that are dark or bright for the most part, as [count, 8, 8, 1]. */
export function pixels(random: Random, count: number): Tensor {
  const shade = random.uniformArray(count * 64);
  return tensor(
    Float32Array.from(shade, (u) => Math.floor(256 * (0.5 - 0.5 * Math.cos(Math.PI * u)))),
    [count, 8, 8, 1],
  );
}

/** Starts a flow from data, then moves every parameter, since many defects hide at the start. */
export async function started(flow: Flow, data: Tensor, deviation: number): Promise<Flow> {
  const random = createRandom(99);
  await flow.initialise(data, { random, training: true });
  for (const [name, variable] of Object.entries(flow.parameters)) {
    const [noise, now] = [random.fold(name).normalArray(variable.size), await variable.data<"float32">()];
    variable.assign(
      tensor(
        now.map((value, i) => value + deviation * noise[i]!),
        variable.shape,
      ),
    );
  }
  await flow.refresh({ tolerance: 1e-5 });
  return flow;
}
