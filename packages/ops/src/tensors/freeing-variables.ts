import * as tf from "@tensorflow/tfjs";
import type { Variable } from "./types.ts";

/**
 * Runs `build`, which makes variables; where it throws, frees all those made until then, so that what builds from untrusted
 * or unfitting options need not remember its parts. Other tensors are the concern of `tidy`.
 *
 * @throws what `build` throws.
 */
export function freeingVariables<T>(build: () => T): T {
  const before = new Set(registered());
  try {
    return build();
  } catch (error) {
    for (const variable of registered()) if (!before.has(variable)) variable.dispose();
    throw error;
  }
}

/** All variables that exist. */
function registered(): Variable[] {
  return Object.values(tf.engine().state.registeredVariables) as Variable[];
}
