import { z } from "zod";

/** The settings that a search tries: every combination. */
export const gridSchema = z.strictObject({
  learningRates: z.array(z.number().positive()).nonempty(),
  warmUps: z.array(z.int().nonnegative()).nonempty(),
  clips: z.array(z.number().positive()).nonempty(),
});

export type Grid = z.infer<typeof gridSchema>;

/** One combination. */
export interface GridPoint {
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly clipNorm: number;
}

/** The learning rates that are tried where the command line names none. */
export const usualRates: Grid["learningRates"] = [2e-3, 5e-3, 1e-2, 2e-2, 5e-2];

export function pointsOf({ learningRates, warmUps, clips }: Grid): GridPoint[] {
  return learningRates.flatMap((learningRate) =>
    warmUps.flatMap((warmupSteps) => clips.map((clipNorm) => ({ learningRate, warmupSteps, clipNorm }))),
  );
}

/** In file names: "rate0.01-warm20-clip10". */
export function pointName({ learningRate, warmupSteps, clipNorm }: GridPoint): string {
  return `rate${learningRate}-warm${warmupSteps}-clip${clipNorm}`;
}
