import * as tf from "@tensorflow/tfjs";
import { OutOfMemoryError } from "@invertible/errors";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "./start-backend.ts";

/** Takes memory for a tensor without touching it, so that the machine need not have as much. */
function untouched(bytes: number): { readonly free: () => void } {
  const backend = tf.backend() as unknown as {
    makeOutput(shape: number[], dtype: "float32"): { readonly dataId: object };
    disposeData(dataId: object): void;
  };
  const { dataId } = backend.makeOutput([bytes / 4], "float32");
  return { free: () => backend.disposeData(dataId) };
}

async function expectAlive(): Promise<void> {
  const y = tf.tidy(() => tf.matMul(tf.ones([3, 4]), tf.ones([4, 2])));
  expect([...(await y.data())]).toEqual([4, 4, 4, 4, 4, 4]);
  y.dispose();
}

describe("the wasm backend", () => {
  beforeAll(() => startBackend("wasm"));

  it("refuses a result of more than 4 GB, frees what was made for it, and goes on", async () => {
    const [a, b] = [tf.ones([40_000, 1]), tf.ones([1, 40_000])];
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) {
      expect(() => tf.tidy(() => tf.matMul(tf.add(a, 1), b))).toThrow(
        /^wasm: expected a tensor that fits into memory, received one of 5\.96 GB beside about 0\.00 GB in others/,
      );
      expect(tf.memory().numTensors).toBe(before);
      await expectAlive();
    }
    tf.dispose([a, b]);
  });

  it("refuses what does not fit beside other tensors, and has room again when these are freed", async () => {
    const gigabyte = 2 ** 30;
    for (let round = 0; round < 5; round++) {
      const held = [1, 2].map(() => untouched(gigabyte));
      // As shipped, these are given address 0 or an address beyond the memory.
      for (const size of [2.1, 2.5, 3.5]) expect(() => untouched(size * gigabyte)).toThrow(OutOfMemoryError);
      await expectAlive();
      held.forEach(({ free }) => free());
      untouched(1.5 * gigabyte).free();
      await expectAlive();
    }
  });
});
