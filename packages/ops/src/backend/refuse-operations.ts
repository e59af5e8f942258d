import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedError } from "@invertible/errors";

/** The starts that have not ended yet, as their callers wrote them. */
const pending: string[] = [];

/**
 * Runs `start`. Until it has ended, or some backend is the current one, every operation throws. TensorFlow.js would otherwise
 * choose a backend by itself: whoever forgets to await a start would compute on the cpu backend in Node, or on WebGL in a browser, and never
 * learn why it is slow.
 *
 * @param call what the caller has to await, as in "startWasm()"
 */
export async function refuseOperationsDuring<T>(call: string, start: () => Promise<T>): Promise<T> {
  if (pending.length === 0) watchBackend();
  pending.push(call);
  try {
    return await start();
  } finally {
    pending.splice(pending.indexOf(call), 1);
    if (pending.length === 0) Reflect.deleteProperty(tf.engine(), "backend");
  }
}

/** Every operation, and every new tensor, asks the engine for its backend. This hides the getter of the class for a while. */
function watchBackend(): void {
  const engine = tf.engine();
  Object.defineProperty(engine, "backend", {
    configurable: true,
    get: (): unknown => {
      if (!tf.getBackend()) {
        const [call] = pending;
        throw new UnsupportedError(
          `${call}: expected to have ended before the first operation, received an operation while it still runs; write: await ${call}`,
        );
      }
      return Reflect.get(Object.getPrototypeOf(engine) as object, "backend", engine);
    },
  });
}
