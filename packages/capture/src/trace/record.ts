import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedError } from "@invertible/errors";
import type { Tensor, Variable } from "@invertible/ops";
import type { ArrayNode, KernelRecord, Recording, Use } from "./recording.ts";

/** Tells a running recording what tensors are. */
export interface Recorder {
  /** Declares an input. Its values differ from replay to replay. */
  input(tensor: Tensor): ArrayNode;
  /** The array behind a tensor, as an output of the recording. */
  output(tensor: Tensor): Use;
  /** Says which layer is at work, "actNorm (bijection.0)", for the messages of refusals. Undefined where it is none. */
  visit(layer: string | undefined): void;
  /** The layer at work, as the end of a message: " in actNorm (bijection.0)". Empty where it is not known. */
  place(): string;
  /** Records what `body` does as a part that a replay skips where the first number of `reached` is 0; see `RepeatedDraws.when`. */
  when(reached: Tensor, state: readonly Tensor[], body: () => Tensor[]): Tensor[];
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

/** All variables that exist and can be inputs of a recording. Those that share their storage stand together. */
export function variablesByStorage(): readonly (readonly Variable[])[] {
  const groups = new Map<object, Variable[]>();
  const { registeredVariables } = (tf.engine() as unknown as Engine).state;
  for (const variable of Object.values(registeredVariables)) {
    if (!["float32", "int32", "bool"].includes(variable.dtype)) continue;
    const group = groups.get(variable.dataId);
    if (group) group.push(variable);
    else groups.set(variable.dataId, [variable]);
  }
  return [...groups.values()];
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
  let records: KernelRecord[] = [];
  const arrays = new Map<object, ArrayNode>();
  const casts = new Map<ArrayNode, readonly ArrayNode[]>();
  const inputs = new Set<ArrayNode>();
  const computed = new Set<ArrayNode>();
  const foreignVariables = new Map<ArrayNode, string>();
  /** Keeps the arrays that nothing computed until their values are read. */
  const found = new Map<ArrayNode, Tensor>();

  let layer: string | undefined;
  const place = () => (layer === undefined ? "" : ` in ${layer}`);

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
    return { array: inTypeOf(tensor, array), shape: [...tensor.shape] };
  };
  /** The array in the type of a tensor. The cpu backend casts to a wider type by showing the same numbers as another tensor. */
  const inTypeOf = ({ dtype, shape }: Tensor, array: ArrayNode): ArrayNode => {
    if (array.dtype === dtype) return array;
    const known = casts.get(array)?.find((each) => each.dtype === dtype);
    if (known !== undefined) return known;
    const cast = { id: casts.size, dtype: dtype as ArrayNode["dtype"], size: array.size };
    casts.set(array, [...(casts.get(array) ?? []), cast]);
    records.push({
      kernel: "Cast",
      inputs: { x: { array, shape: [...shape] } },
      attributes: { dtype },
      outputs: [{ array: cast, shape: [...shape] }],
      place: place(),
    });
    return cast;
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
        `${where}: expected a task that reads no numbers back, received one that does${place()}; its course may depend on them`,
      );
  };

  recording = true;
  Object.assign(engine, {
    runKernel(name: string, given: tf.NamedTensorMap, attributes: tf.NamedAttrMap = {}) {
      const uses = usesOf(given);
      const before = records.length;
      const known = isKnown(name);
      const result = known
        ? original.runKernel(name, given, attributes)
        : withComposedKernel(name, () => original.runKernel(name, given, attributes));
      const results = Array.isArray(result) ? result : [result];
      // An operation that is composed of others was recorded as those. It takes their place where it is known as a whole.
      const parts = new Set(
        records.slice(before).flatMap(({ outputs }) => outputs.map(({ array }) => array)),
      );
      const isNew = ({ dataId }: Tensor) => !arrays.has(dataId) || (known && parts.has(arrays.get(dataId)!));
      // What is not new, such as a reshape, has the array of its input.
      if (results.some(isNew)) {
        const outputs = results.map((tensor): Use => {
          const array = arrays.get(tensor.dataId) ?? newArray(tensor);
          computed.add(array);
          return { array, shape: [...tensor.shape] };
        });
        const replaced = new Set(outputs.map(({ array }) => array));
        const kept = records
          .splice(before)
          .filter((part) => !part.outputs.some(({ array }) => replaced.has(array)));
        records.push(...kept, {
          kernel: name,
          inputs: uses,
          attributes: { ...attributes },
          outputs,
          place: place(),
        });
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
      visit(at) {
        layer = at;
      },
      place,
      when(reached, state, body) {
        const before = records;
        const inside: KernelRecord[] = [];
        const uses = { reached: useOf(reached), state: state.map(useOf) };
        try {
          records = inside;
          const results = body();
          before.push({
            kernel: "When",
            inputs: uses,
            attributes: {},
            outputs: results.map(useOf),
            place: place(),
            body: inside,
          });
          return results;
        } finally {
          records = before;
        }
      },
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
