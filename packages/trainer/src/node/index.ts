export { fileCheckpointStore } from "./file-checkpoint-store.ts";
export type { FileSystem } from "./file-checkpoint-store.ts";
