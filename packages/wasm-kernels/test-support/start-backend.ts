import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { registerWasmTrainingKernels } from "../src/index.ts";

/** Makes a backend the current one, as a program does that uses TensorFlow.js and this package alone. */
export async function startBackend(name: "cpu" | "wasm"): Promise<void> {
  registerWasmTrainingKernels();
  if (!(await tf.setBackend(name))) throw new Error(`startBackend: expected ${name} to start`);
  await tf.ready();
}
