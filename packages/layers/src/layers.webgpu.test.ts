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
// A renderer in software takes a minute for the slopes of triangular solves. The cpu and the wasm backend measure them in every run,
// and what is proven does not depend on the backend.
const isLong = process.env["INVERTIBLE_LONG_TESTS"] === "1";
describeBijection("invertibleConv1x1", () => invertibleConv1x1({ inputShape: [2, 2, 4], random }), {
  ...options,
  ...(!isLong && { skip: { certificate: "a minute on webgpu; INVERTIBLE_LONG_TESTS=1 measures it" } }),
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
