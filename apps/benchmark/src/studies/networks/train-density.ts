import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createFlow, diagonalNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { affine, uniformDequantisation } from "@invertible/layers";
import { adam, cosineDecay, train } from "@invertible/trainer";
import type { PixelImages } from "../data/load-images.ts";
import type { StudyContext } from "../study.ts";
import { takeTurn } from "../take-turn.ts";

export interface TrainDensityOptions extends Pick<StudyContext, "random" | "engine" | "signal" | "say"> {
  readonly flow: Flow;
  readonly images: PixelImages;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Of the network, for messages. */
  readonly title: string;
}

/**
 * The density of pixels 0..255 that a network of real-valued images [H, W, 1] gives: noise within each level, pixels in [-0.5, 0.5],
 * the network, and a diagonal normal.
 */
export function pixelFlow(network: Bijection): Flow {
  const { inputShape } = network;
  const bijection = chain([
    uniformDequantisation({ inputShape, bins: 256 }),
    affine({ inputShape, shift: -0.5 }),
    network,
  ]);
  return createFlow({ bijection, base: diagonalNormal({ shape: bijection.outputShape }) });
}

/**
 * Trains a flow by maximum likelihood: Adam, gradients clipped to a norm of 50, cosine decay of the learning rate to a tenth.
 *
 * @returns bits per dimension of the last steps, a tenth of all
 */
export async function trainDensity(options: TrainDensityOptions): Promise<number> {
  const { flow, images, steps, learningRate, title, say, ...given } = options;
  const { batchSize, random, engine, signal } = given;
  const events = train({
    ...{ flow, batchSize, steps, random, engine, signal, clipNorm: 50 },
    data: { values: images.values, shape: images.shape, count: images.count },
    optimizer: adam({ learningRate }),
    schedule: cosineDecay({ steps, final: 0.1 }),
    warmupSteps: Math.min(10, Math.ceil(steps / 10)),
    reportEvery: Math.max(1, Math.round(steps / 10)),
  });
  let bits = NaN;
  for await (const event of events) {
    if (event.kind !== "step") continue;
    bits = event.loss / (flow.dimension * Math.LN2);
    if (event.step % Math.max(1, Math.round(steps / 5)) === 0)
      say(`${title}: step ${event.step} of ${steps}, ${bits.toFixed(3)} bits/dim`);
  }
  await takeTurn(signal);
  return bits;
}
