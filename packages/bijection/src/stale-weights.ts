import type { LipschitzControl } from "./lipschitz-control.ts";

/** Says, at most once, that a layer runs with weights that its last refresh has not seen. */
interface StaleWeightsWarning {
  /** Looks at the weights, without reading numbers. `where` names layer, place and method. */
  check(where: () => string): void;
}

/** Runs in which weights are moved without a refresh on purpose. */
let intended = 0;
/** Whether a layer has been warned of in this turn of the event loop. The others of its model need no message of their own. */
let warned = false;

/** Makes the warning of one layer. A layer without estimates has none. */
export function staleWeightsWarning(
  lipschitz: Pick<LipschitzControl<unknown>, "isFresh"> | undefined,
): StaleWeightsWarning | undefined {
  if (lipschitz?.isFresh === undefined) return undefined;
  const isFresh = lipschitz.isFresh.bind(lipschitz);
  let said = false;
  return {
    check(where) {
      // Weights are looked at even where nothing would be said: a layer takes note of what it sees here.
      if (isFresh() || said || intended > 0) return;
      said = true;
      if (warned) return;
      warned = true;
      queueMicrotask(() => (warned = false));
      console.warn(
        `${where()}: expected weights that the last refresh has seen, received weights that were assigned to since. The estimates ` +
          `of their norms are out of date, so Lipschitz constants may exceed their limits and log-dets may be wrong. Call ` +
          `await flow.refresh({ iterations: 1 }) after every step of an optimiser, or refresh(bijection, { tolerance: 1e-3 }) after ` +
          `any other change. Each layer says this at most once.`,
      );
    },
  };
}

/**
 * Runs `run` without the warning that weights moved and were not refreshed. It is for code that moves weights on purpose and puts
 * them back, such as finite differences.
 */
export async function movingWeights<T>(run: () => Promise<T>): Promise<T> {
  intended++;
  try {
    return await run();
  } finally {
    intended--;
  }
}
