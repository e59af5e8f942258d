import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedError } from "@invertible/errors";
import type { BackendInfo, BackendName } from "./backend-info.ts";
import { refuseOperationsDuring } from "./refuse-operations.ts";

const created = new Map<BackendName, Promise<BackendInfo>>();

/**
 * Creates a backend unless that has been done, and makes it the current one. If it fails, the current backend stays.
 *
 * @param where the function that is called to start it
 */
export function startOnce(
  where: string,
  name: BackendName,
  create: () => Promise<Omit<BackendInfo, "name">>,
): Promise<BackendInfo> {
  return refuseOperationsDuring(`${where}()`, async () => {
    const pending = created.get(name) ?? create().then((facts) => ({ name, ...facts }));
    created.set(name, pending);
    try {
      const info = await pending;
      await makeCurrent(where, name);
      return info;
    } catch (error) {
      // A later call starts over, perhaps after what was missing has been installed.
      created.delete(name);
      throw error;
    }
  });
}

/** Hands TensorFlow.js a finished backend, because its own set-up hides the cause of a failure. */
export function register(name: BackendName, backend: tf.KernelBackend): void {
  if (tf.engine().registryFactory[name]) tf.removeBackend(name);
  tf.registerBackend(name, () => backend);
}

async function makeCurrent(where: string, name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) {
    throw new UnsupportedError(
      `${where}: expected backend "${name}" to start, received a refusal by TensorFlow.js`,
    );
  }
  await tf.ready();
}
