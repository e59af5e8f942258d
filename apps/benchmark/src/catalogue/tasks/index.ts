import type { TaskEntry } from "../task-entry.ts";
import { classification } from "./classification.ts";
import { density } from "./density.ts";
import { fewLabels } from "./few-labels.ts";
import { hybrid } from "./hybrid.ts";

/** Every task, in the order of the report. */
export const tasks: readonly TaskEntry[] = [density, classification, hybrid, fewLabels];
