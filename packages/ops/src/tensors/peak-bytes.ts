import * as tf from "@tensorflow/tfjs-core";

/** What the engine of TensorFlow.js does whenever a tensor is made, and when the last tensor on a buffer is gone. */
interface Bookkeeping {
  readonly state: { readonly tensorInfo: WeakMap<object, { readonly bytes: number }> };
  trackTensor(tensor: { readonly dataId: object }, ...rest: unknown[]): void;
  removeDataId(dataId: object, ...rest: unknown[]): void;
}

type Watcher = (change: number) => void;
const watchers = new Set<Watcher>();

/**
 * Measures the peak memory of `run`: the most bytes that the tensors made by it occupied at one time. Also returns the result
 * of `run`.
 *
 * Every buffer counts once. `memory().numBytes` would count a buffer for each of its tensors, such as the copies that a
 * gradient keeps. Only tensors count: what a kernel allocates for itself while it runs is not seen, nor is the overhead of a
 * backend.
 *
 * This is a diagnostic. It hooks into the bookkeeping of TensorFlow.js while `run` runs, and counts everything else that makes
 * tensors in that time.
 *
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
    // Both are methods of the engine's class, which become visible again once ours are deleted.
    delete (engine as Partial<Bookkeeping>).trackTensor;
    delete (engine as Partial<Bookkeeping>).removeDataId;
  };
}
