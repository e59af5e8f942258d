import type { Bijection } from "@invertible/bijection";
import { continuousFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { createRandom, dispose } from "@invertible/ops";
import { describeBijection } from "@invertible/testing";
import type { DescribeOptions } from "@invertible/testing";
import {
  imageGlow,
  imageIResNet,
  imageRealNvp,
  modelLayerTypes,
  nice,
  vectorGlow,
  vectorIResNet,
  vectorRealNvp,
} from "./index.ts";

const random = createRandom(31);
const inputShape = [4, 4, 1];
const pixels = { transform: "centred" } as const;

const kinks =
  "finite differences do not converge across relu's kinks; its layers are checked with smooth activations";

/** The continuous part of every model, in its smallest size, as one bijection under every law. */
const table: [name: string, build: () => Flow, options?: DescribeOptions][] = [
  ["vectorGlow", () => vectorGlow({ features: 3, steps: 2, hidden: [6], activation: "tanh", random })],
  [
    "vectorIResNet",
    () => vectorIResNet({ features: 2, blocks: 2, hidden: [6], coefficient: 0.9, random }),
    { backends: ["wasm"] },
  ],
  [
    "imageGlow",
    () => imageGlow({ inputShape, stepsPerScale: [1, 1], width: 3, pixels, random }),
    { backends: ["wasm"], skip: { gradients: kinks, "inverse gradients": kinks } },
  ],
  ["nice", () => nice({ inputShape: [5], hidden: [6], activation: "tanh", random }), { backends: ["wasm"] }],
  [
    "nice, images",
    () => nice({ inputShape: [2, 2, 1], couplings: 2, hidden: [6], activation: "tanh", random }),
    { backends: ["wasm"] },
  ],
  [
    "vectorRealNvp",
    () => vectorRealNvp({ features: 3, couplings: 3, hidden: [6], activation: "tanh", random }),
    { backends: ["wasm"] },
  ],
  [
    "vectorRealNvp, batch norms",
    () =>
      vectorRealNvp({
        ...{
          features: 3,
          couplings: 2,
          hidden: [6],
          activation: "tanh",
          normalisation: "batch-norm",
          random,
        },
      }),
    { backends: ["wasm"] },
  ],
  [
    "imageRealNvp",
    () => imageRealNvp({ inputShape, width: 3, pixels, random }),
    { backends: ["wasm"], skip: { gradients: kinks, "inverse gradients": kinks } },
  ],
  [
    "imageIResNet",
    () =>
      imageIResNet({
        inputShape,
        blocksPerScale: [1, 1],
        hiddenChannels: [3, 2],
        kernelSizes: [3, 2],
        mixing: "conv-1x1",
        coefficient: 0.7,
        pixels,
        random,
      }),
    {
      backends: ["wasm"],
      skip: { "inverse gradients": "minutes through two fixed-step inverses; the block itself is checked" },
    },
  ],
];

const conditionFeatures = 2;
const condition: DescribeOptions = {
  backends: ["wasm"],
  condition: (batch, key) => key.normal([batch, conditionFeatures]),
};
const conditional: typeof table = [
  [
    "vectorGlow, conditional",
    () => vectorGlow({ features: 3, steps: 2, hidden: [6], activation: "tanh", conditionFeatures, random }),
    condition,
  ],
  [
    "vectorIResNet, conditional",
    () => vectorIResNet({ features: 2, blocks: 2, hidden: [6], coefficient: 0.9, conditionFeatures, random }),
    condition,
  ],
  [
    "imageGlow, conditional",
    () => imageGlow({ inputShape, stepsPerScale: [1, 1], width: 3, pixels, conditionFeatures, random }),
    { ...condition, skip: { gradients: kinks, "inverse gradients": kinks } },
  ],
];

/** The bijection alone: what the base density has learned belongs to nobody then. */
function bijectionOf(flow: Flow): Bijection {
  const { bijection, base } = continuousFlow(flow).flow;
  dispose(Object.values(base.parameters));
  return bijection;
}

// The layers of these models are checked with conditions in their own packages. INVERTIBLE_LONG_TESTS=1 checks the whole models too.
const isLong = process.env["INVERTIBLE_LONG_TESTS"] === "1";
for (const [name, build, options] of [...table, ...(isLong ? conditional : conditional.slice(0, 1))])
  describeBijection(name, () => bijectionOf(build()), { types: modelLayerTypes, ...options });
