import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DataKind } from "../catalogue/data-kind.ts";
import type { GridPoint } from "./grid.ts";
import { tuningSchema } from "./tuning.ts";
import type { Tuned } from "./tuning.ts";

/** What a search found for a model, and how hard it looked. */
export interface KeptTuning extends GridPoint {
  /** Trainings of this model in the search. */
  readonly runs: number;
}

/** The log of the last search for a preset, which the repository keeps. */
export const keptFile = (preset: string) =>
  fileURLToPath(new URL(`../../tuning/${preset}.json`, import.meta.url));

const read = new Map<string, readonly Tuned[]>();

/** What the kept search of a preset found for a model; nothing where there was none. */
export function keptTuning(preset: string, model: string, kind: DataKind): KeptTuning | undefined {
  if (!read.has(preset)) {
    const path = keptFile(preset);
    read.set(
      preset,
      existsSync(path) ? tuningSchema.parse(JSON.parse(readFileSync(path, "utf8"))).models : [],
    );
  }
  const found = read.get(preset)!.find((each) => each.model === model && each.kind === kind);
  if (!found) return undefined;
  const { learningRate, warmupSteps, clipNorm } = found.best;
  return { learningRate, warmupSteps, clipNorm, runs: found.trials.length };
}
