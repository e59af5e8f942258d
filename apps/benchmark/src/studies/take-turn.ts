/**
 * Lets the rest of the process have a turn, without which no Ctrl-C arrives: promises of tensors in wasm never wait for one.
 *
 * @throws the reason of the signal, where the user wants to stop
 */
export async function takeTurn(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}
