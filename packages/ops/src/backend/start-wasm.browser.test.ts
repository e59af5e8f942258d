import * as tf from "@tensorflow/tfjs";
// @ts-expect-error: a file, not a module; vite answers with its URL
import binary from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url";
import { ArgumentError } from "@invertible/errors";
import { expect, it } from "vitest";
import { expectSameStep, trainingStep } from "../../test-support/training-step.ts";
import { startCpu } from "./start-cpu.ts";
import { startWasm } from "./start-wasm.ts";

const wasmPaths = { "tfjs-backend-wasm-threaded-simd.wasm": new URL(binary as string, location.href) };

it.each([0, 1.5, NaN, "2" as unknown as number])("refuses %s threads", async (threads) => {
  const error = await startWasm({ wasmPaths, threads }).catch((e: unknown) => e);
  expect(ArgumentError.is(error)).toBe(true);
  expect((error as Error).message).toMatch(/^startWasm: threads: expected a whole number from 1 on/);
});

it("trains a convolution in the multi-threaded build as on cpu", async () => {
  await startCpu();
  const expected = await trainingStep();
  await startWasm({ wasmPaths, threads: 3 });
  const { wasm } = tf.backend() as unknown as { wasm: { wasmMemory: WebAssembly.Memory } };
  expect(wasm.wasmMemory.buffer).toBeInstanceOf(SharedArrayBuffer);
  expectSameStep(await trainingStep(), expected);
});
