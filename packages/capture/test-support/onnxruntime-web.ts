import { env, InferenceSession, Tensor as OrtTensor } from "onnxruntime-web";
import { tensor } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

// Threads would need worker files.
env.wasm.numThreads = 1;

/** A model in onnxruntime-web, which shares no code with the runtime that captured functions use. */
export interface WebModel {
  readonly inputNames: readonly string[];
  /** The only output. The caller disposes of it. */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Tensor>;
  release(): Promise<void>;
}

/** Opens a model with the optimisations that users have. */
export async function openOnnxruntimeWeb(model: Uint8Array): Promise<WebModel> {
  const session = await InferenceSession.create(model, { executionProviders: ["wasm"] });
  return {
    inputNames: session.inputNames,
    async run(inputs) {
      const feeds: Record<string, OrtTensor> = {};
      for (const [name, given] of Object.entries(inputs))
        feeds[name] = new OrtTensor("float32", (await given.data()) as Float32Array, given.shape);
      const results = await session.run(feeds);
      const { data, dims } = results[session.outputNames[0]!]!;
      return tensor(data as Float32Array, [...dims], "float32");
    },
    release: () => session.release(),
  };
}
