import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { UnsupportedError } from "@invertible/errors";
import { createRandom } from "../random/create-random.ts";
import { refuseOperationsDuring } from "./refuse-operations.ts";
import { startCpu } from "./start-cpu.ts";
import { startWasm } from "./start-wasm.ts";

/** No backend is current when this file begins, so the tests stand in this order. */
const isWatched = () => Object.hasOwn(tf.engine(), "backend");

const operations: [string, () => tf.Tensor][] = [
  ["tensor", () => tf.tensor([1, 2])],
  ["fill", () => tf.fill([2], 1)],
  ["zeros in tidy", () => tf.tidy(() => tf.zeros([2]))],
  ["variable", () => tf.variable(tf.ones([2]))],
  ["random numbers", () => createRandom(1).normal([2])],
];

it("ends with a start that fails, and hands on its error", async () => {
  const failing = refuseOperationsDuring("start()", () => Promise.reject(new Error("no such file")));
  expect(isWatched()).toBe(true);
  await expect(failing).rejects.toThrow("no such file");
  expect(isWatched()).toBe(false);
  expect(tf.getBackend()).toBeUndefined();
});

it("names the call that its user wrote, where one start calls another", async () => {
  let end = () => {};
  const inner = () =>
    refuseOperationsDuring("inner()", () => new Promise<void>((resolve) => (end = resolve)));
  const outer = refuseOperationsDuring("outer()", inner);
  expect(() => tf.tensor([1])).toThrow(/^outer\(\): .* write: await outer\(\)$/);
  end();
  await outer;
  expect(isWatched()).toBe(false);
});

it("refuses every operation until the first start has ended, and says what to write", async () => {
  const starting = startWasm();
  for (const [name, operation] of operations) {
    const error = await Promise.resolve()
      .then(operation)
      .catch((e: unknown) => e);
    expect(UnsupportedError.is(error), name).toBe(true);
    expect((error as Error).message, name).toBe(
      "startWasm(): expected to have ended before the first operation, received an operation while it still runs; " +
        "write: await startWasm()",
    );
  }
  await starting;
  expect(isWatched()).toBe(false);
  expect(tf.getBackend()).toBe("wasm");
  for (const [, operation] of operations) {
    const result = operation();
    expect((await result.data()).length).toBe(2);
    result.dispose();
  }
});

it("leaves the current backend alone while another one starts", async () => {
  const starting = startCpu();
  const x = tf.tensor([1, 2]);
  expect([...(await x.data())]).toEqual([1, 2]);
  await starting;
  expect(tf.getBackend()).toBe("cpu");
  x.dispose();
});
