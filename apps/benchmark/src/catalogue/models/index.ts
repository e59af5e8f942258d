import type { ModelEntry } from "../model-entry.ts";
import { glow } from "./glow.ts";
import { iResnet } from "./i-resnet.ts";

/** Every model, in the order of the report. */
export const models: readonly ModelEntry[] = [iResnet, glow];
