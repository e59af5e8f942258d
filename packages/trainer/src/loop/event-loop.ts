/**
 * Makes a function that lets timers, signals (Ctrl-C) and rendering run, at most every `interval` milliseconds. On cpu and wasm
 * a training step never leaves the microtask queue, so that without it they would wait until the end of training.
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
