export type { BackendInfo, BackendName, BackendOptions } from "./start-backend.ts";
export { backendNames, startBackend } from "./start-backend.ts";
