import * as tf from "@tensorflow/tfjs";

/** What TensorFlow.js's engine does whenever a tensor is made, and when the last tensor on a buffer is gone. */
interface Bookkeeping {
  readonly state: { readonly tensorInfo: WeakMap<object, { readonly bytes: number }> };
  trackTensor(tensor: { readonly dataId: object }, ...rest: unknown[]): void;
  removeDataId(dataId: object, ...rest: unknown[]): void;
}

type Watcher = (change: number) => void;
const watchers = new Set<Watcher>();

/**
 * The most memory that the tensors made by `run` occupied at one time, in bytes above the start; and run's result. It
 * counts buffers, each once: `memory().numBytes` counts a buffer for each of its tensors, such as the copies a gradient
 * keeps. Tensors alone: what a kernel allocates for itself while it runs is not seen, nor is a backend's overhead.
 *
 * A diagnostic: it hooks TensorFlow.js's bookkeeping while `run` runs. Whatever else makes tensors in that time counts.
 * @throws what `run` throws.
 */
export async function peakBytes<T>(run: () => T | Promise<T>): Promise<{ result: T; peakBytes: number }> {
  let [current, peak] = [0, 0];
  const watcher: Watcher = (change) => {
    current += change;
    peak = Math.max(peak, current);
  };
  if (watchers.size === 0) unhook = hook();
  watchers.add(watcher);
  try {
    const result = await run();
    return { result, peakBytes: peak };
  } finally {
    watchers.delete(watcher);
    if (watchers.size === 0) unhook();
  }
}

let unhook: () => void;

function hook(): () => void {
  const engine = tf.engine() as unknown as Bookkeeping;
  const bytesOf = (dataId: object) => engine.state.tensorInfo.get(dataId)?.bytes;
  const report = (before = 0, after = 0) => {
    if (after !== before) watchers.forEach((watcher) => watcher(after - before));
  };
  const { trackTensor, removeDataId } = engine;
  engine.trackTensor = function (tensor, ...rest) {
    const before = bytesOf(tensor.dataId);
    trackTensor.call(this, tensor, ...rest);
    report(before, bytesOf(tensor.dataId));
  };
  engine.removeDataId = function (dataId, ...rest) {
    const before = bytesOf(dataId);
    removeDataId.call(this, dataId, ...rest);
    report(before, bytesOf(dataId));
  };
  return () => {
    // Both are methods of the engine's class: without ours, these are seen again.
    delete (engine as Partial<Bookkeeping>).trackTensor;
    delete (engine as Partial<Bookkeeping>).removeDataId;
  };
}
