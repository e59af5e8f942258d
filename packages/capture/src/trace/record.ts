import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedError } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";
import type { ArrayNode, KernelRecord, Recording, Use } from "./recording.ts";

/** Tells a running recording what tensors are. */
export interface Recorder {
  /** Declares an input. Its values differ from replay to replay. */
  input(tensor: Tensor): ArrayNode;
  /** The array behind a tensor, as an output of the recording. */
  output(tensor: Tensor): Use;
}

interface Engine {
  runKernel(name: string, inputs: tf.NamedTensorMap, attributes?: tf.NamedAttrMap): Tensor | Tensor[];
  read(dataId: object): Promise<tf.TypedArray>;
  readSync(dataId: object): tf.TypedArray;
  readonly state: { readonly registeredVariables: Readonly<Record<string, tf.Variable>> };
}

/** Name of the backend on which a task would be recorded. */
export function activeBackend(): string {
  return tf.getBackend();
}

let recording = false;

/** What is recorded of operations that are composed of others. */
export interface RecordOptions {
  /** Whether calls of this kernel can be recorded as they are. Others are recorded as the operations that they are composed of. */
  isKnown(kernel: string): boolean;
}

/**
 * Runs a task once and records every kernel that it calls, on whatever backend is active. The numbers that the task computes are real.
 *
 * @throws UnsupportedError where the task reads a recorded number back, because its course could then depend on it.
 */
export async function record<T>(
  where: string,
  { isKnown }: RecordOptions,
  task: (recorder: Recorder) => Promise<T> | T,
): Promise<{ readonly result: T; readonly recording: Recording }> {
  if (recording) throw new UnsupportedError(`${where}: expected one recording at a time, received a second`);
  const engine = tf.engine() as unknown as Engine;
  const records: KernelRecord[] = [];
  const arrays = new Map<object, ArrayNode>();
  const inputs = new Set<ArrayNode>();
  const computed = new Set<ArrayNode>();
  const foreignVariables = new Map<ArrayNode, string>();
  /** Keeps the arrays that nothing computed until their values are read. */
  const found = new Map<ArrayNode, Tensor>();

  const newArray = (tensor: Tensor): ArrayNode => {
    const array = { id: arrays.size, dtype: tensor.dtype as ArrayNode["dtype"], size: tensor.size };
    // A dataId is an object of its own, which no other array ever gets.
    arrays.set(tensor.dataId, array);
    return array;
  };
  const useOf = (tensor: Tensor): Use => {
    let array = arrays.get(tensor.dataId);
    if (array === undefined) {
      const foreign = Object.values(engine.state.registeredVariables).find(
        ({ dataId }) => dataId === tensor.dataId,
      );
      array = newArray(tensor);
      if (foreign) foreignVariables.set(array, `${foreign.name} of shape [${foreign.shape.join(", ")}]`);
      found.set(array, original.hold(tensor));
    }
    return { array, shape: [...tensor.shape] };
  };
  const usesOf = (tensors: tf.NamedTensorMap): KernelRecord["inputs"] =>
    Object.fromEntries(
      Object.entries(tensors)
        .filter(([, tensor]) => (tensor as Tensor | null | undefined) !== null && tensor !== undefined)
        .map(([name, tensor]) => [name, Array.isArray(tensor) ? tensor.map(useOf) : useOf(tensor)]),
    );

  const original = {
    runKernel: engine.runKernel.bind(engine),
    read: engine.read.bind(engine),
    readSync: engine.readSync.bind(engine),
    /** A tensor that shares the array and that no scope disposes of. */
    hold: (tensor: Tensor): Tensor => tf.keep(original.runKernel("Identity", { x: tensor }) as Tensor),
  };
  const refuseReading = (dataId: object) => {
    const array = arrays.get(dataId);
    if (array !== undefined && (computed.has(array) || inputs.has(array)))
      throw new UnsupportedError(
        `${where}: expected a task that reads no numbers back, received one that does; its course may depend on them`,
      );
  };

  recording = true;
  Object.assign(engine, {
    runKernel(name: string, given: tf.NamedTensorMap, attributes: tf.NamedAttrMap = {}) {
      const uses = usesOf(given);
      const result = isKnown(name)
        ? original.runKernel(name, given, attributes)
        : withComposedKernel(name, () => original.runKernel(name, given, attributes));
      const results = Array.isArray(result) ? result : [result];
      // An operation that is composed of others was recorded as those, and a reshape has the array of its input.
      if (results.some(({ dataId }) => !arrays.has(dataId))) {
        const outputs = results.map((tensor): Use => {
          const array = newArray(tensor);
          computed.add(array);
          return { array, shape: [...tensor.shape] };
        });
        records.push({ kernel: name, inputs: uses, attributes: { ...attributes }, outputs });
      }
      return result;
    },
    read: (dataId: object) => (refuseReading(dataId), original.read(dataId)),
    readSync: (dataId: object) => (refuseReading(dataId), original.readSync(dataId)),
  });
  const stop = () => {
    recording = false;
    for (const name of ["runKernel", "read", "readSync"])
      delete (engine as unknown as Record<string, unknown>)[name];
  };
  try {
    const result = await task({
      input(tensor) {
        const array = newArray(tensor);
        inputs.add(array);
        return array;
      },
      output: useOf,
    });
    stop();
    const values = await Promise.all(
      [...found].map(async ([array, tensor]) => [array, (await tensor.data()).slice()] as const),
    );
    return { result, recording: { records, constants: new Map(values), foreignVariables } };
  } finally {
    stop();
    tf.dispose([...found.values()]);
  }
}

/** The name under which `@invertible/ops` keeps the form of an operation that runs everywhere. No backend has this name. */
const anyBackend = "invertible";

/** Runs a call of a kernel in the form that is composed of other kernels, where there is one. */
function withComposedKernel<T>(kernelName: string, run: () => T): T {
  const composed = tf.getKernel(kernelName, anyBackend);
  const backendName = tf.getBackend();
  const own = tf.getKernel(kernelName, backendName);
  if (composed === undefined || own === undefined) return run();
  const replace = (config: tf.KernelConfig) => {
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({ ...config, kernelName, backendName });
  };
  replace(composed);
  try {
    return run();
  } finally {
    replace(own);
  }
}
