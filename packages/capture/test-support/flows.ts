import { chain } from "@invertible/bijection";
import { autoregressiveAffine, denseConditioner, rationalQuadraticCoupling } from "@invertible/coupling";
import { createFlow, diagonalNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm, invertibleConv1x1, permutation } from "@invertible/layers";
import { imageGlow, imageIResNet, vectorGlow, vectorIResNet } from "@invertible/models";
import { add, createRandom, dispose, floor, mul, tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";

const random = createRandom(17);
const features = 4;
const shape = [features];
const inputShape = [4, 4, 2];

/** Small flows of every kind, with weights that are not those of the start. */
export const flows: Record<string, FlowCase> = {
  vectorIResNet: {
    build: () => vectorIResNet({ features, blocks: 2, hidden: [16], coefficient: 0.7, random }),
    draw: points,
  },
  vectorGlow: { build: () => vectorGlow({ features, steps: 2, hidden: [16, 16], random }), draw: points },
  imageIResNet: {
    build: () =>
      imageIResNet({
        ...{ inputShape, blocksPerScale: [1, 1], hiddenChannels: 6, coefficient: 0.8, random },
        ...{ inverse: { tolerance: 1e-4 }, logDet: { evaluationTerms: 6 } },
      }),
    draw: pixels,
  },
  imageGlow: {
    build: () => imageGlow({ inputShape, stepsPerScale: [2, 1], width: 8, random }),
    draw: pixels,
  },
  maf: {
    build: () =>
      createFlow({
        bijection: chain([
          actNorm({ inputShape: shape }),
          autoregressiveAffine({ inputShape: shape, hidden: [16, 16], scale: "exp", random }),
          permutation({ inputShape: shape, order: "reverse" }),
        ]),
        base: diagonalNormal({ shape }),
      }),
    draw: points,
  },
  "spline coupling": {
    build: () =>
      createFlow({
        bijection: chain([
          invertibleConv1x1({ inputShape: shape, random }),
          rationalQuadraticCoupling({
            inputShape: shape,
            conditioner: denseConditioner({ hidden: [16], random }),
            ...{ bins: 5, bound: 3 },
          }),
        ]),
        base: diagonalNormal({ shape }),
      }),
    draw: points,
  },
  "conditional i-ResNet": {
    build: () =>
      vectorIResNet({ features, blocks: 1, hidden: [16], coefficient: 0.6, conditionFeatures: 3, random }),
    draw: points,
    conditionFeatures: 3,
  },
  "conditional Glow of images": {
    build: () => imageGlow({ inputShape, stepsPerScale: [1, 1], width: 8, conditionFeatures: 2, random }),
    draw: pixels,
    conditionFeatures: 2,
  },
};

/** A flow and what it takes. */
export interface FlowCase {
  readonly build: () => Flow;
  readonly draw: (batch: number, random: Random) => Tensor;
  readonly conditionFeatures?: number;
}

/** A flow whose parameters are moved away from their start. */
export async function movedFlow({ build }: FlowCase): Promise<Flow> {
  const flow = build();
  await move(flow, random.fold("move"));
  return flow;
}

/** Moves all parameters of a flow. */
export async function move(flow: Flow, key: Random, by = 0.1): Promise<void> {
  for (const [name, variable] of Object.entries(flow.parameters))
    tidy(() => variable.assign(add(variable, mul(key.fold(name).normal(variable.shape), by)) as Tensor));
  await flow.refresh({ iterations: 5 });
}

/** The largest difference, relative to the largest number. */
export async function relativeError(received: Tensor, expected: Tensor): Promise<number> {
  const [a, b] = (await Promise.all([received.data(), expected.data()])) as Float32Array[];
  if (received.shape.join() !== expected.shape.join()) return Infinity;
  const size = b!.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  return b!.reduce((worst, value, i) => Math.max(worst, Math.abs(value - a![i]!)), 0) / size;
}

/** Computes with a tensor, which is freed. */
export async function using<T>(tensor: Tensor, use: (tensor: Tensor) => Promise<T> | T): Promise<T> {
  try {
    return await use(tensor);
  } finally {
    dispose(tensor);
  }
}

function points(batch: number, key: Random): Tensor {
  return key.normal([batch, features]);
}

function pixels(batch: number, key: Random): Tensor {
  return tidy(() => floor(key.uniform([batch, ...inputShape], 0, 256)));
}
