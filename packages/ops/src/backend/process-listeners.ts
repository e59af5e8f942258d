/** The part of Node's `process` that is used here. Browsers have none. */
interface ListeningProcess {
  listeners(event: string): ((...values: unknown[]) => void)[];
  removeListener(event: string, listener: (...values: unknown[]) => void): void;
}

/** What each listener of the glue looks like: it lets Emscripten's own exit pass and throws everything else again. */
const listenersOfGlue = {
  uncaughtException: /\bExitStatus\b/,
  unhandledRejection: /^function\s*\((\w+)\)\s*\{\s*throw \1;?\s*\}$/,
} as const;

const events = Object.keys(listenersOfGlue) as (keyof typeof listenersOfGlue)[];

/**
 * Runs `load` and takes away the listeners that Emscripten's glue adds to `process` meanwhile. They throw every error of the
 * program again from inside the glue, so that Node prints the line it was thrown from: 39 kB of minified code.
 *
 * A listener is removed only if it was not there before and its text is that of the glue, so listeners that somebody else
 * adds while `load` runs stay.
 */
export async function withoutListenersOfGlue<T>(load: () => Promise<T>): Promise<T> {
  const { process } = globalThis as { process?: Partial<ListeningProcess> };
  if (typeof process?.listeners !== "function" || typeof process.removeListener !== "function") return load();
  const node = process as ListeningProcess;
  const before = new Map(events.map((event) => [event, node.listeners(event)]));
  try {
    return await load();
  } finally {
    for (const event of events)
      for (const listener of node.listeners(event))
        if (!before.get(event)!.includes(listener) && listenersOfGlue[event].test(String(listener)))
          node.removeListener(event, listener);
  }
}
