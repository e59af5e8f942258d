import { describeBijection } from "@invertible/testing";
import type { DescribeOptions } from "@invertible/testing";
import type { Bijection } from "@invertible/bijection";
import { createRandom, tensor } from "@invertible/ops";
import {
  actNorm,
  affine,
  batchNorm,
  diagonalScale,
  injectivePadding,
  invertibleConv1x1,
  layerTypes,
  logit,
  permutation,
  squeeze,
  uniformDequantisation,
} from "./index.ts";

const random = createRandom(3);
const types = layerTypes;

/** Integers in, and an inverse that rounds. */
const dequantising: DescribeOptions = {
  sample: (batch, key) => tensor(Float32Array.from(key.integers(batch * 6, 0, 256)), [batch, 2, 3]),
  tails: [
    (batch) =>
      tensor(
        Array.from({ length: batch }, () => [0, 255, 128, 127, 254, 1]),
        [batch, 6],
      ).reshape([batch, 2, 3]),
  ],
  sampleOutput: (batch, key) => key.uniform([batch, 2, 3]),
  tolerances: { roundTrip: 0 },
  skip: {
    "inverse round trip": "rounding down to integers forgets the noise; forward draws new noise",
    "inverse log-det":
      "rounding down is constant almost everywhere; the declared log-det is that of the scaling",
    "inverse gradients": "rounding down is constant almost everywhere",
  },
};

/** The layers of this package, one line each. */
const table: [name: string, factory: () => Bijection, options?: DescribeOptions][] = [
  ["actNorm, features", () => actNorm({ inputShape: [3] })],
  ["actNorm, images", () => actNorm({ inputShape: [2, 3, 2], varianceFloor: 0.2 })],
  ["affine", () => affine({ inputShape: [2, 2], scale: -0.7, shift: 0.3 })],
  ["batchNorm, features", () => batchNorm({ inputShape: [3] })],
  ["batchNorm, images", () => batchNorm({ inputShape: [2, 3, 2], momentum: 0.5, epsilon: 1e-3 })],
  ["diagonalScale", () => diagonalScale({ inputShape: [2, 3] })],
  ["injectivePadding", () => injectivePadding({ inputShape: [2, 3, 2], channels: 3 })],
  ["permutation, reverse", () => permutation({ inputShape: [5], order: "reverse" })],
  ["permutation, given", () => permutation({ inputShape: [2, 4], order: [2, 0, 3, 1] })],
  ["permutation, drawn", () => permutation({ inputShape: [2, 1, 6], order: random })],
  ["invertibleConv1x1, features", () => invertibleConv1x1({ inputShape: [5], random })],
  ["invertibleConv1x1, images", () => invertibleConv1x1({ inputShape: [2, 2, 4], random })],
  ["invertibleConv1x1, one channel", () => invertibleConv1x1({ inputShape: [2, 2, 1], random })],
  ["squeeze, space-major", () => squeeze({ inputShape: [4, 2, 2] })],
  ["squeeze, channel-major", () => squeeze({ inputShape: [2, 4, 2], order: "channel-major" })],
  [
    "logit",
    () => logit({ inputShape: [3, 2], alpha: 0.05 }),
    {
      sample: (batch, key) => key.uniform([batch, 3, 2], 0.05, 0.95),
      // 0, 1 and the float32 numbers next to them.
      tails: [
        (batch) =>
          tensor(
            Array.from({ length: batch }, () => [0, 1, 6e-8, 1 - 6e-8, 1e-4, 0.9999]),
            [batch, 6],
          ).reshape([batch, 3, 2]),
      ],
      sampleOutput: (batch, key) => key.uniform([batch, 3, 2], -2.5, 2.5),
      // Beyond logit(1 - alpha) the inverse leaves [0, 1], and near 1 float32 cannot hold x to the precision of y.
      outputTails: [(batch, key) => key.uniform([batch, 3, 2], -5, 5)],
    },
  ],
  [
    "logit for MNIST",
    () => logit({ inputShape: [4], alpha: 1e-6 }),
    {
      sample: (batch, key) => key.uniform([batch, 4], 0.1, 0.9),
      tails: [
        (batch) =>
          tensor(
            Array.from({ length: batch }, () => [0, 1, 6e-8, 1 - 6e-8]),
            [batch, 4],
          ),
      ],
      sampleOutput: (batch, key) => key.uniform([batch, 4], -3, 3),
      outputTails: [(batch, key) => key.uniform([batch, 4], -7, 7)],
    },
  ],
  ["uniformDequantisation", () => uniformDequantisation({ inputShape: [2, 3], bins: 256 }), dequantising],
  [
    "uniformDequantisation, with a margin",
    () => uniformDequantisation({ inputShape: [2, 3], bins: 256, margin: 0.1 }),
    {
      ...dequantising,
      skip: { ...dequantising.skip, "log-det": "it contains the log-density of the noise, beside ln|det|" },
    },
  ],
];

for (const [name, factory, options] of table) describeBijection(name, factory, { types, ...options });
