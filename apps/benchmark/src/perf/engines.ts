import type { TrainLoopOptions } from "@invertible/trainer";
import type { BackendName } from "../backend-names.ts";
import { onnxMatMulPeak } from "./steps/onnx-mat-mul.ts";

/** One way of this project to run training steps. Every case is measured once on each engine. */
export interface Engine {
  /** Name in the tables and on the command line. Engines that differ in threads only share it. */
  readonly name: string;
  readonly backend: BackendName;
  /** How many threads it computes with; 0 where that does not apply. */
  readonly threads: number;
  /** Whether it is measured when the command line names no engine. */
  readonly byDefault: boolean;
  /**
   * What `train` must be given to use an engine that computes elsewhere than on the backend. Such an engine does the same
   * operations as the backend, but they cannot be counted there. Default: nothing.
   */
  readonly trainOptions?: () => Promise<Partial<TrainLoopOptions>>;
  /** Measures how fast it multiplies large matrices, in 10^9 operations per second. Default: the rate of the backend. */
  readonly matMulPeak?: () => Promise<number>;
}

const native = (threads: number): Engine => ({
  name: "captured",
  backend: "wasm",
  threads,
  byDefault: true,
  trainOptions: async () => {
    const { captured } = await import("@invertible/capture");
    return { engine: captured({ threads }) };
  },
  matMulPeak: () => onnxMatMulPeak(threads),
});

export const engines: readonly Engine[] = [
  // Under Node, TensorFlow.js switches the threads of wasm off.
  { name: "wasm", backend: "wasm", threads: 1, byDefault: true },
  native(1),
  native(2),
  { name: "webgpu", backend: "webgpu", threads: 0, byDefault: true },
  // The slow oracle: a step takes seconds.
  { name: "cpu", backend: "cpu", threads: 1, byDefault: false },
];

/** The names of the engines, each once. */
export const engineNames: readonly string[] = [...new Set(engines.map(({ name }) => name))];

/** The threads with which PyTorch is measured. */
export const peerThreads = [1, 2] as const;
