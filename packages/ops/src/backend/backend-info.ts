/** The backends that can be started, the slowest first. */
export const backendNames = ["cpu", "wasm", "webgpu"] as const;
/** The name of a backend. */
export type BackendName = (typeof backendNames)[number];

/** A backend that has been started. */
export interface BackendInfo {
  /** Its name. */
  readonly name: BackendName;
  /** The graphics adapter, for `webgpu` only. */
  readonly adapter?: string;
}
