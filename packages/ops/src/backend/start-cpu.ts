import * as tf from "@tensorflow/tfjs-core";
import type { BackendInfo } from "./backend-info.ts";
import { loadPackage } from "@invertible/errors";
import { startOnce } from "./start-once.ts";

export type { BackendInfo };

/**
 * Starts the cpu backend of TensorFlow.js, in Node or in a browser, and makes it the current one. It is plain JavaScript, so it
 * runs everywhere and is slow: use it to check another backend. In a page, the package `@tensorflow/tfjs-backend-cpu` must be
 * installed. Nothing is printed.
 *
 * @throws UnsupportedError if it is not.
 *
 * @example
 * ```ts
 * import { startCpu } from "@invertible/ops/backend/cpu";
 * await startCpu();
 * ```
 */
export function startCpu(): Promise<BackendInfo> {
  return startOnce("startCpu", "cpu", async () => {
    await loadPackage("startCpu", "@tensorflow/tfjs-backend-cpu", importUnlessRegistered);
    silenceAdvertisement(tf.findBackend("cpu"));
    return {};
  });
}

/** In Node, `@tensorflow/tfjs` has brought it, and the package itself may be out of reach. */
const importUnlessRegistered = async (): Promise<unknown> =>
  tf.findBackendFactory("cpu") ?? import("@tensorflow/tfjs-backend-cpu");

/**
 * The cpu backend advertises tfjs-node on the error stream when it gets its first tensor in Node. Its field `firstUse`
 * decides about nothing else, so all other warnings remain.
 */
function silenceAdvertisement(backend: tf.KernelBackend): void {
  if ("firstUse" in backend) backend.firstUse = false;
}
