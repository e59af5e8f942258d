import type { ModelEntry } from "../model-entry.ts";
import { glow } from "./glow.ts";
import { iResnet } from "./i-resnet.ts";
import { residualFlow } from "./residual-flow.ts";

/** Every model, in the order of the report. */
export const models: readonly ModelEntry[] = [iResnet, glow, residualFlow];
