import { createRandom, tensor } from "@invertible/ops";
import { describeBijection } from "@invertible/testing";
import {
  actNorm,
  diagonalScale,
  invertibleConv1x1,
  layerTypes,
  logit,
  permutation,
  squeeze,
  uniformDequantisation,
} from "./index.ts";

const random = createRandom(3);
const options = { types: layerTypes, backends: ["webgpu"] } as const;

describeBijection("actNorm", () => actNorm({ inputShape: [2, 3, 2] }), options);
describeBijection("diagonalScale", () => diagonalScale({ inputShape: [2, 3] }), options);
// Triangular solves take long on a renderer in software. These laws hold on cpu and wasm in every run, and have little to do with the backend.
const isLong = process.env["INVERTIBLE_LONG_TESTS"] === "1";
const long = "takes long on webgpu; INVERTIBLE_LONG_TESTS=1 checks it";
describeBijection("invertibleConv1x1", () => invertibleConv1x1({ inputShape: [2, 2, 4], random }), {
  ...options,
  ...(!isLong && { skip: { certificate: long, "new weights": long, training: long, rebuild: long } }),
});
describeBijection("permutation", () => permutation({ inputShape: [5], order: random }), options);
describeBijection("squeeze", () => squeeze({ inputShape: [4, 2, 2] }), options);
describeBijection("logit", () => logit({ inputShape: [4], alpha: 1e-6 }), {
  ...options,
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
});
describeBijection("uniformDequantisation", () => uniformDequantisation({ inputShape: [6] }), {
  ...options,
  sample: (batch, key) => tensor(Float32Array.from(key.integers(batch * 6, 0, 256)), [batch, 6]),
  tails: [],
  sampleOutput: (batch, key) => key.uniform([batch, 6]),
  tolerances: { roundTrip: 0 },
  skip: {
    "inverse round trip": "rounding down to integers forgets the noise; forward draws new noise",
    "inverse log-det":
      "rounding down is constant almost everywhere; the declared log-det is that of the scaling",
    "inverse gradients": "rounding down is constant almost everywhere",
  },
});
