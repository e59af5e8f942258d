import { oneHot } from "@invertible/classifier";
import { createRandom } from "@invertible/ops";
import { describe, expect, it } from "vitest";
import { examplesOf, labelledRows } from "../job/labelled-examples.ts";
import { classOf, errorOf } from "./class-of.ts";
import { labelPropagation } from "./label-propagation.ts";
import { nearestNeighbour } from "./nearest-neighbour.ts";

const { signal } = new AbortController();

/** Two interleaved half circles, of which the first point of each class has a label. */
function moons(count: number, seed: number, labelled = count) {
  const key = createRandom(seed);
  const [angles, noise] = [key.fold("angle").uniformArray(count), key.fold("noise").normalArray(2 * count)];
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const values = Float32Array.from({ length: 2 * count }, (_, i) => {
    const angle = Math.PI * angles[i >> 1]!;
    const upper = [Math.cos(angle), Math.sin(angle)];
    const lower = [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
    return (labels[i >> 1] === 0 ? upper : lower)[i % 2]! + 0.03 * noise[i]!;
  });
  const target = oneHot(labels, 2);
  for (let row = labelled; row < count; row++) target.values.fill(0, 2 * row, 2 * row + 2);
  return { values, shape: [2], count, target };
}

describe("with one label in each half circle", () => {
  const [train, test] = [moons(400, 1, 2), moons(200, 2)];

  it("label propagation follows the circles, and the nearest label does not", async () => {
    const [near, spread] = [
      errorOf(test, await nearestNeighbour(train, test, signal)),
      errorOf(test, await labelPropagation(train, test, signal)),
    ];
    expect(spread).toBeLessThan(0.02);
    expect(near).toBeGreaterThan(0.05);
  });

  it("the nearest neighbour is the one of a plain search", async () => {
    const found = await nearestNeighbour(train, test, signal);
    const distance = (query: number, row: number) =>
      Math.hypot(
        test.values[2 * query]! - train.values[2 * row]!,
        test.values[2 * query + 1]! - train.values[2 * row + 1]!,
      );
    found.forEach((given, query) => expect(given).toBe(distance(query, 0) < distance(query, 1) ? 0 : 1));
  });

  it("stages train on all examples, on the labelled ones, or on a balance of both", () => {
    expect(examplesOf(train, "all")).toBe(train);
    const labelled = examplesOf(train, "labelled");
    expect([labelled.count, classOf(labelled, 0), classOf(labelled, 1)]).toEqual([2, 0, 1]);
    expect([...labelled.values]).toEqual([...train.values.subarray(0, 4)]);
    const balanced = examplesOf(train, "balanced");
    expect(labelledRows(balanced)).toHaveLength(balanced.count - 398);
    expect(balanced.count).toBe(398 + 2 * 199);
  });

  it("refuse examples without any label, and stop when they are told to", async () => {
    const none = moons(20, 3, 0);
    await expect(nearestNeighbour(none, test, signal)).rejects.toThrow("expected examples with a class");
    await expect(labelPropagation(none, test, signal)).rejects.toThrow("expected examples with a class");
    const stopped = AbortSignal.abort(new Error("stopped"));
    await expect(labelPropagation(train, test, stopped)).rejects.toThrow("stopped");
  });
});
