/** Keeps one checkpoint: the last one saved. `save` must be atomic: a failure leaves the previous one whole. */
export interface CheckpointStore {
  /** The last one saved, or undefined where there is none. */
  load(): Promise<Uint8Array | undefined>;
  save(bytes: Uint8Array): Promise<void>;
}

/** In memory, for tests and for browsers that will put the bytes elsewhere. Copies both ways. */
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
