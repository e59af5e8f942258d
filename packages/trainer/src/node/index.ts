export { fileCheckpointStore } from "./file-checkpoint-store.ts";
export type { FileSystem, OpenFile } from "./file-checkpoint-store.ts";
