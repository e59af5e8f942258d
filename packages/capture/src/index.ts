export { captured } from "./engine/captured.ts";
export type { CapturedOptions } from "./engine/captured.ts";
