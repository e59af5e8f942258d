import type { TaskEntry } from "../task-entry.ts";
import { classification } from "./classification.ts";
import { density } from "./density.ts";

/** Every task, in the order of the report. */
export const tasks: readonly TaskEntry[] = [density, classification];
