export { loadMnist } from "./load-mnist.ts";
export type { LabelledImages, LoadOptions } from "./load-idx.ts";
export { readDataFile } from "./read-data-file.ts";
export type { ReadDataFileOptions } from "./read-data-file.ts";
export type { DownloadProgress } from "./download-file.ts";
export { defaultCacheFolder } from "./cache-folder.ts";
