export { backendNames } from "./backend-info.ts";
export type { BackendInfo, BackendName } from "./backend-info.ts";
export { startBackend } from "./start-backend.ts";
