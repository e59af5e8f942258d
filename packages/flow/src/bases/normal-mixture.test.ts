import { createRandom, dispose, memory, tensor, tidy, valueAndGradients } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { normalMixture } from "../index.ts";

const random = createRandom(5);
const means = [
  [
    [1, 0],
    [2, -1],
  ],
  [
    [-3, 1],
    [0, 0.5],
  ],
  [
    [0, 0],
    [0, 4],
  ],
];
const logScales = [0, -0.5, 0.7];

beforeAll(() => startBackend("wasm"));

/** Three components on [2, 2] with known parameters. */
function known() {
  const mixture = normalMixture({ shape: [2, 2], components: 3, random });
  tidy(() => {
    mixture.parameters["means"]!.assign(tensor(means.flat(2), [3, 2, 2]));
    mixture.parameters["logScale"]!.assign(tensor(logScales));
  });
  return mixture;
}

/** log p(z, k) in float64. */
function reference(z: readonly number[]): number[] {
  return means.map((mean, k) => {
    const squares = mean.flat().reduce((total, m, i) => total + (z[i]! - m) ** 2, 0);
    const [log, D] = [logScales[k]!, 4];
    return (
      -squares / (2 * Math.exp(2 * log)) - D * log - (D / 2) * Math.log(2 * Math.PI) - Math.log(means.length)
    );
  });
}

describe("normalMixture", () => {
  it("has the log-densities of its components and their sum", async () => {
    const mixture = known();
    const rows = [
      [0.3, -1, 2, 0.4],
      [-3, 1, 0, 0.5],
      [50, -20, 3, 8],
    ];
    const z = tensor(rows.flat(), [3, 2, 2]);
    const before = memory().numTensors;
    const [joint, total] = [mixture.jointLogProbs(z), mixture.logProb(z)];
    const [jointValues, totals] = [await joint.data(), await total.data()];
    rows.forEach((row, b) => {
      const expected = reference(row);
      // A float32 sum of four squares.
      expected.forEach((value, k) =>
        expect(Math.abs(jointValues[3 * b + k]! - value)).toBeLessThan(
          1e-6 * Math.max(1, Math.abs(value)) * 4,
        ),
      );
      const largest = Math.max(...expected);
      const sum = largest + Math.log(expected.reduce((s, value) => s + Math.exp(value - largest), 0));
      expect(Math.abs(totals[b]! - sum)).toBeLessThan(4e-6 * Math.max(1, Math.abs(sum)));
    });
    dispose([joint, total]);
    expect(memory().numTensors).toBe(before);
  });

  it("has the gradient of a mixture: each component weighs as much as it is responsible for", async () => {
    const mixture = known();
    const row = [0.3, -1, 2, 0.4];
    const z = tensor(row, [1, 2, 2]);
    const { gradients } = valueAndGradients(
      () => mixture.logProb(z).sum().asScalar(),
      [mixture.parameters["means"]!],
    );
    const joint = reference(row);
    const responsible = joint.map(
      (value) => Math.exp(value) / joint.reduce((s, each) => s + Math.exp(each), 0),
    );
    const received = await gradients[0]!.data();
    means.forEach((mean, k) =>
      mean.flat().forEach((m, i) => {
        const expected = (responsible[k]! * (row[i]! - m)) / Math.exp(2 * logScales[k]!);
        expect(Math.abs(received[4 * k + i]! - expected)).toBeLessThan(1e-5);
      }),
    );
  });

  it("draws every component equally often, around its mean", async () => {
    const mixture = known();
    const count = 3000;
    const z = mixture.sample(count, { random: random.fold("draw"), temperature: 1e-3 });
    const values = await z.data();
    const counts = [0, 0, 0];
    for (let b = 0; b < count; b++) {
      const row = values.subarray(4 * b, 4 * b + 4);
      const k = means.findIndex((mean) => mean.flat().every((m, i) => Math.abs(row[i]! - m) < 0.05));
      counts[k]!++;
    }
    // Five standard deviations of a binomial count.
    for (const each of counts)
      expect(Math.abs(each - count / 3)).toBeLessThan(5 * Math.sqrt((count * 2) / 9));

    const of = mixture.sampleComponent(1, 4000, { random: random.fold("one") });
    const drawn = await of.data();
    means[1]!.flat().forEach((mean, i) => {
      let [total, squares] = [0, 0];
      for (let b = 0; b < 4000; b++) {
        total += drawn[4 * b + i]! - mean;
        squares += (drawn[4 * b + i]! - mean) ** 2;
      }
      const scale = Math.exp(logScales[1]!);
      expect(Math.abs(total / 4000)).toBeLessThan((5 * scale) / Math.sqrt(4000));
      expect(Math.abs(squares / 4000 / scale ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / 4000));
    });
    dispose([z, of]);
  });

  it.each<[string, () => unknown, string]>([
    [
      "no components",
      () => normalMixture({ shape: [2], components: 0, random }),
      "normalMixture.components: expected a positive integer, received 0",
    ],
    [
      "a negative spread",
      () => normalMixture({ shape: [2], components: 2, spread: -1, random }),
      "normalMixture.spread: expected",
    ],
    [
      "a component that it does not have",
      () => known().sampleComponent(3, 1, { random }),
      "normalMixture.sampleComponent component: expected an integer",
    ],
    [
      "latents of another shape",
      () => known().logProb(tensor([[1, 2]])),
      "normalMixture.jointLogProbs z: expected [B, 2, 2], received [1, 2]",
    ],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(message);
  });
});
