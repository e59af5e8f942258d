import * as tf from "@tensorflow/tfjs";
import { bench, describe } from "vitest";
import { startBackend } from "../backend/index.ts";
import { createRandom } from "./create-random.ts";

await startBackend("wasm");

describe("a million normals", () => {
  const random = createRandom(1);
  bench("normalArray", () => void random.normalArray(1_000_000));
  bench("normal, as a tensor", () => random.normal([1_000_000]).dispose());
  bench("tf.randomNormal", () => tf.randomNormal([1_000_000], 0, 1, "float32", 1).dispose());
});

describe("a million uniforms", () => {
  const random = createRandom(1);
  bench("uniformArray", () => void random.uniformArray(1_000_000));
  bench("tf.randomUniform", () => tf.randomUniform([1_000_000], 0, 1, "float32", 1).dispose());
});

describe("a million signs", () => {
  const random = createRandom(1);
  bench("rademacher, as a tensor", () => random.rademacher([1_000_000]).dispose());
});

describe("small draws", () => {
  const random = createRandom(1);
  bench("fold by number", () => void random.fold(5));
  bench("fold by name", () => void random.fold("inner.3"));
  bench("permutation of 60,000", () => void random.permutation(60_000));
});
