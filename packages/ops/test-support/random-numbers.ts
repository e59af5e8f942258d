import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../src/backend/index.ts";
import type { BackendInfo, BackendName } from "../src/backend/index.ts";
import { createRandom } from "../src/random/create-random.ts";

/** The numbers of `createRandom` as recorded, and the same in tensors of one backend, in Node or in a browser. */
export function describeRandomNumbers(
  backend: BackendName,
  start: () => Promise<BackendInfo> = () => startBackend(backend),
): void {
  describe(`recorded random numbers on ${backend}`, () => {
    beforeAll(start);

    it("do not change between versions", () => {
      // Recorded from this implementation: saved runs resume to the same numbers only while these hold.
      const random = createRandom(42);
      expect(random.key).toEqual([42, 0]);
      expect(random.fold(3).key).toEqual([3296117896, 185793202]);
      expect(random.fold("step").key).toEqual([3376482608, 1038614378]);
      expect(random.split(2)[1]!.key).toEqual([2864921607, 4132553407]);
      expect([...random.permutation(8)]).toEqual([6, 2, 3, 7, 1, 0, 5, 4]);
      expect([...random.integers(6, 0, 100)]).toEqual([26, 0, 12, 54, 98, 47]);
      expect([...random.normalArray(3)]).toEqual([
        0.2838906943798065, -0.31052806973457336, -1.4144785404205322,
      ]);
      expect([...random.uniformArray(3)]).toEqual([
        0.8720672726631165, 0.06385535001754761, 0.9055604338645935,
      ]);
    });

    const random = createRandom(3);
    const size = 100_000;
    // Bit for bit, as recorded under Node. The tails of the normals rest on Math.log, whose last bit the language leaves open.
    const streams: [string, () => tf.Tensor, string][] = [
      [
        "normal",
        () => random.normal([size / 4, 4]),
        "a6db33232aac730c44bce36abea05086e94c7110b6456884212c38405ba93173",
      ],
      [
        "uniform",
        () => random.uniform([size]),
        "635defda2d45ee6411332965ad93a3e7739e0ee8fa31909cdc4198ea1a5ad500",
      ],
      [
        "uniform on [-2, 3)",
        () => random.uniform([size], -2, 3),
        "2e9b7802105c6273a2b5e032e3514300740c7964f65cab0687b54c48e6b5b548",
      ],
      [
        "rademacher",
        () => random.rademacher([4, size / 4]),
        "acc850397517ff825236f527025b7675f049dd0c6349cf8974a93053ffb80012",
      ],
    ];
    it.each(streams)(`${size} of them: %s`, async (_, draw, recorded) => {
      const x = draw();
      expect(tf.getBackend()).toBe(backend);
      // A product by one, so that the numbers have been through the backend and not only kept for it.
      const computed = tf.mul(x, 1);
      const digest = await Promise.all([x, computed].map(async (each) => sha256(await each.data())));
      tf.dispose([x, computed]);
      expect(digest).toEqual([recorded, recorded]);
    });
  });
}

async function sha256(numbers: ArrayLike<number>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", Float32Array.from(numbers));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
