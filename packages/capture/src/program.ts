import type { Shape, Tensor } from "@invertible/ops";
import { createGraphBuilder } from "./onnx/graph-builder.ts";
import { encodeModel } from "./onnx/encode-model.ts";
import { isLowered, lower } from "./lowering/lower.ts";
import { createScope } from "./lowering/scope.ts";
import { record } from "./trace/record.ts";
import type { Recorder } from "./trace/record.ts";
import type { ArrayNode, Use } from "./trace/recording.ts";

/** Names the inputs and outputs of a program while its task runs. */
export interface Ports {
  readonly recorder: Recorder;
  /** Declares an input by a name, which several tensors may share. */
  input(name: string, tensor: Tensor): void;
  /** The same for an array that the recorder knows already. */
  inputArray(name: string, array: ArrayNode, shape: Shape): void;
  /** Declares an output by a name. */
  output(name: string, tensor: Tensor): void;
}

interface Port {
  readonly name: string;
  readonly use: Use;
}

/**
 * Runs a task once, with real numbers, and writes it as an ONNX model.
 *
 * @throws UnsupportedError where the task cannot be recorded, or contains what ONNX does not have.
 */
export async function writeProgram<T>(
  where: string,
  task: (ports: Ports) => Promise<T>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<{ readonly result: T; readonly model: Uint8Array }> {
  const [inputs, outputs]: [Port[], Port[]] = [[], []];
  const { result, recording } = await record(where, { isKnown: isLowered }, (recorder) =>
    task({
      recorder,
      input: (name, tensor) =>
        void inputs.push({ name, use: { array: recorder.input(tensor), shape: [...tensor.shape] } }),
      inputArray: (name, array, shape) => void inputs.push({ name, use: { array, shape } }),
      output: (name, tensor) => void outputs.push({ name, use: recorder.output(tensor) }),
    }),
  );
  const graph = createGraphBuilder();
  const scope = createScope(where, graph, recording);
  const declared = new Set<string>();
  for (const { name, use } of inputs) {
    if (!declared.has(name)) graph.input(name, use.array.dtype, use.shape);
    declared.add(name);
    scope.place(use, name);
  }
  lower(
    where,
    recording,
    outputs.map(({ use }) => use.array),
    scope,
  );
  const finished = graph.finish(
    outputs.map(({ name, use }) => ({
      name,
      of: scope.plain(use),
      dtype: use.array.dtype,
      shape: use.shape,
    })),
  );
  return { result, model: encodeModel(finished, metadata) };
}
