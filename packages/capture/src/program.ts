import { UnsupportedError } from "@invertible/errors";
import type { Shape, Tensor } from "@invertible/ops";
import { createGraphBuilder } from "./onnx/graph-builder.ts";
import { encodeModel } from "./onnx/encode-model.ts";
import type { Graph } from "./onnx/graph.ts";
import { isLowered, lower } from "./lowering/lower.ts";
import { createScope } from "./lowering/scope.ts";
import { activeBackend, record } from "./trace/record.ts";
import type { Recorder } from "./trace/record.ts";
import type { ArrayNode, Recording, Use } from "./trace/recording.ts";

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

/** How a graph is written. */
export interface ProgramOptions {
  /** Whether the graph has only operations that ONNX had in version 17, which every runtime has. Default false. */
  readonly portable?: boolean;
  /** What becomes of variables that are no inputs. By default they are refused. As constants they keep their present values. */
  readonly otherVariables?: "refused" | "constant";
}

/** A task as a graph. */
export interface RecordedGraph<T> {
  /** What the task returned. */
  readonly result: T;
  readonly graph: Graph;
  /** The kernels that the outputs needed. */
  readonly kernels: ReadonlySet<string>;
}

/** A model and what it takes and gives. */
export interface Program<T> {
  /** What the task returned. */
  readonly result: T;
  readonly model: Uint8Array;
  /** The inputs that something depends on. */
  readonly inputs: ReadonlySet<string>;
  /** The kernels that the outputs needed. */
  readonly kernels: ReadonlySet<string>;
}

/**
 * Runs a task once, with real numbers, and writes it as an ONNX model. Inputs on which no output depends are left out.
 *
 * @throws UnsupportedError where the task cannot be recorded, or contains what ONNX does not have.
 */
export async function writeProgram<T>(
  where: string,
  task: (ports: Ports) => Promise<T> | T,
): Promise<Program<T>> {
  const { result, graph, kernels } = await recordGraph(where, task);
  return {
    result,
    model: encodeModel(graph),
    inputs: new Set(graph.inputs.map(({ name }) => name)),
    kernels,
  };
}

/**
 * Does the same, and returns the graph, which is not yet a file.
 *
 * @throws UnsupportedError where the task cannot be recorded, or contains what ONNX does not have.
 */
export async function recordGraph<T>(
  where: string,
  task: (ports: Ports) => Promise<T> | T,
  { portable = false, otherVariables = "refused" }: ProgramOptions = {},
): Promise<RecordedGraph<T>> {
  if (!["wasm", "cpu"].includes(activeBackend()))
    throw new UnsupportedError(
      `${where}: expected the backend "wasm" or "cpu" to record on, received "${activeBackend()}"`,
    );
  const [inputs, outputs]: [Port[], Port[]] = [[], []];
  const { result, recording: recorded } = await record(where, { isKnown: isLowered }, (recorder) =>
    task({
      recorder,
      input: (name, tensor) =>
        void inputs.push({ name, use: { array: recorder.input(tensor), shape: [...tensor.shape] } }),
      inputArray: (name, array, shape) => void inputs.push({ name, use: { array, shape } }),
      output: (name, tensor) => void outputs.push({ name, use: recorder.output(tensor) }),
    }),
  );
  const recording: Recording =
    otherVariables === "refused" ? recorded : { ...recorded, foreignVariables: new Map() };
  const graph = createGraphBuilder({ portable });
  const scope = createScope(where, graph, recording);
  const declared = new Set<string>();
  for (const { name, use } of inputs) {
    if (!declared.has(name)) graph.input(name, use.array.dtype, use.shape);
    declared.add(name);
    scope.place(use, name);
  }
  const kernels = lower(
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
  return { result, graph: finished, kernels };
}
