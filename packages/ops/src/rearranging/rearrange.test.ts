import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { inversePermutation, permute } from "./permute.ts";
import { spaceToDepth, depthToSpace } from "./space-to-depth.ts";
import type { ChannelOrder } from "./space-to-depth.ts";

describe.each(["cpu", "wasm"] as const)("on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  // One image, 2 x 4 pixels, 3 channels; entry = 100 * row + 10 * column + channel.
  const image = () =>
    tf.tensor4d(
      Array.from({ length: 24 }, (_, i) => 100 * Math.floor(i / 12) + 10 * (Math.floor(i / 3) % 4) + (i % 3)),
      [1, 2, 4, 3],
    );

  it("spaceToDepth, space-major, puts c in channel (dy * 2 + dx) * C + c", async () => {
    const y = tf.tidy(() => spaceToDepth(image()));
    expect(y.shape).toEqual([1, 1, 2, 12]);
    // prettier-ignore
    expect([...(await y.data())]).toEqual([
      0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112,
      20, 21, 22, 30, 31, 32, 120, 121, 122, 130, 131, 132,
    ]);
    y.dispose();
  });

  it("spaceToDepth, channel-major, puts c in channel c * 4 + dy * 2 + dx", async () => {
    const y = tf.tidy(() => spaceToDepth(image(), "channel-major"));
    // prettier-ignore
    expect([...(await y.data())]).toEqual([
      0, 10, 100, 110, 1, 11, 101, 111, 2, 12, 102, 112,
      20, 30, 120, 130, 21, 31, 121, 131, 22, 32, 122, 132,
    ]);
    y.dispose();
  });

  it.each(["space-major", "channel-major"] as const)(
    "depthToSpace undoes spaceToDepth, %s",
    async (order) => {
      const before = tf.memory().numTensors;
      const x = tf.randomNormal([3, 4, 6, 5]);
      const back = tf.tidy(() => depthToSpace(spaceToDepth(x, order), order));
      expect(back.shape).toEqual(x.shape);
      expect(await back.data()).toEqual(await x.data());
      tf.dispose([x, back]);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it("permute reorders the last axis, whatever the rank, and its inverse undoes it", async () => {
    const indices = [2, 0, 3, 1];
    const before = tf.memory().numTensors;
    for (const shape of [[4], [3, 4], [2, 3, 4], [2, 1, 3, 4]]) {
      const x = tf.randomNormal(shape);
      const y = permute(x, indices);
      const values = await x.data();
      expect([...(await y.data())]).toEqual([...values].map((_, i) => values[i - (i % 4) + indices[i % 4]!]));
      const back = permute(y, inversePermutation(indices));
      expect(await back.data()).toEqual(values);
      tf.dispose([x, y, back]);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("rearrangements accept an empty batch", () => {
    const [a, b] = tf.tidy(() => [spaceToDepth(tf.zeros([0, 4, 4, 1])), permute(tf.zeros([0, 2]), [1, 0])]);
    expect([a!.shape, b!.shape]).toEqual([
      [0, 2, 2, 4],
      [0, 2],
    ]);
    tf.dispose([a!, b!]);
  });
});

it("rearrangements name what does not fit", () => {
  expect(() => spaceToDepth(tf.zeros([1, 3, 4, 1]))).toThrow(
    "spaceToDepth: expected [B, even, even, C], received [1, 3, 4, 1]",
  );
  expect(() => spaceToDepth(tf.zeros([4, 4, 1]))).toThrow(/spaceToDepth: expected/);
  expect(() => depthToSpace(tf.zeros([1, 3, 4, 6]))).toThrow(/multiple of 4\], received \[1, 3, 4, 6\]/);
  expect(() => spaceToDepth(tf.zeros([1, 2, 2, 1]), "pixel" as ChannelOrder)).toThrow(
    /"space-major" or "channel-major"/,
  );
  expect(() => permute(tf.zeros([2, 3]), [0, 1])).toThrow(
    "permute: expected a permutation of the 3 indices of the last axis, received [0,1]",
  );
  for (const wrong of [
    [0, 0, 1],
    [0, 1, 3],
    [0, 1, 1.5],
    [-1, 0, 1],
  ])
    expect(() => permute(tf.zeros([2, 3]), wrong)).toThrow(/expected a permutation/);
});
