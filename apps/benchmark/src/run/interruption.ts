/**
 * Turns Ctrl-C into two signals: the first asks for a clean stop, the second for an immediate end. Package runners
 * pass the same Ctrl-C on once more, so repeats within a second count as one.
 */
export function watchInterruptions(onFirst: () => void) {
  const interruption = new AbortController();
  const emergency = new AbortController();
  let firstAt = -Infinity;
  const onSignal = () => {
    const now = performance.now();
    if (!interruption.signal.aborted) {
      firstAt = now;
      interruption.abort();
      onFirst();
    } else if (now - firstAt > 1000) emergency.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", onSignal);
  return {
    interruption: interruption.signal,
    emergency: emergency.signal,
    stop: () => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal).off("SIGHUP", onSignal),
  };
}

/** Resolves when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true }),
  );
