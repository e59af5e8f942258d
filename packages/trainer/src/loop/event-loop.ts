/**
 * On cpu and wasm a training step never leaves the microtask queue, so that timers, signals (Ctrl-C) and rendering would
 * wait until the end. The returned function lets them run, at most every `interval` milliseconds.
 */
export function createBreather(interval = 30): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < interval) return;
    await new Promise<void>((done) => {
      if (typeof setImmediate === "function") setImmediate(done);
      else setTimeout(done, 0);
    });
    last = performance.now();
  };
}
