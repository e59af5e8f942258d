import * as tf from "@tensorflow/tfjs-core";
import type { Variable } from "./types.ts";

/**
 * Runs `build`, which makes variables. If it throws, all variables made until then are freed. So code that builds from options
 * that are not trusted or do not fit need not keep track of its parts. Other tensors are not freed; use `tidy` for them.
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
