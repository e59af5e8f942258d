/** Keeps the checkpoint that was saved last. `save` must be atomic: if it fails, the previous checkpoint must remain whole. */
export interface CheckpointStore {
  /** Returns the checkpoint that was saved last, or undefined where there is none. */
  load(): Promise<Uint8Array | undefined>;
  /** Replaces the checkpoint. */
  save(bytes: Uint8Array): Promise<void>;
}

/**
 * Makes a store in memory, for tests and for browsers that put the bytes elsewhere. Bytes are copied on the way in and on the
 * way out.
 */
export function memoryCheckpointStore(initial?: Uint8Array): CheckpointStore {
  let kept = initial?.slice();
  return {
    load: () => Promise.resolve(kept?.slice()),
    save: (bytes) => {
      kept = bytes.slice();
      return Promise.resolve();
    },
  };
}
