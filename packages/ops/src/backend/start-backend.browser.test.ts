import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { startWasmInBrowser } from "../../test-support/start-wasm-in-browser.ts";
import { expectSameStep, trainingStep } from "../../test-support/training-step.ts";
import type { BackendName } from "./backend-info.ts";
import { startCpu } from "./start-cpu.ts";
import { startWebgpu } from "./start-webgpu.ts";

const starts = { cpu: startCpu, wasm: startWasmInBrowser, webgpu: startWebgpu };

async function stepOn(name: BackendName): Promise<Float32Array> {
  await starts[name]();
  expect(tf.getBackend()).toBe(name);
  return trainingStep();
}

describe("a backend in a browser", () => {
  it.each(["wasm", "webgpu"] as const)("trains a convolution on %s as on cpu", async (name) => {
    const expected = await stepOn("cpu");
    expectSameStep(await stepOn(name), expected);
  });
});
