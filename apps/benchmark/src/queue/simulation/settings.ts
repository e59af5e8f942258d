import { z } from "zod";

/** What is simulated. Times in seconds, sizes in bytes. */
export const settingsSchema = z.strictObject({
  cells: z.coerce.number().int().positive(),
  workers: z.coerce.number().int().positive(),
  /** How long a cell takes. */
  cellSeconds: z.coerce.number().positive(),
  /** How often a cell keeps a checkpoint, and how large it is. */
  checkpointSeconds: z.coerce.number().positive(),
  checkpointBytes: z.coerce.number().int().nonnegative(),
  resultBytes: z.coerce.number().int().positive(),
  /** The share of cells whose worker dies in the middle, without a word. */
  deaths: z.coerce.number().min(0).max(0.9),
  /** The share of cells that fail once with an error. */
  errors: z.coerce.number().min(0).max(0.9),
});

export type Settings = z.infer<typeof settingsSchema>;

export const usual: Settings = {
  cells: 10_000,
  workers: 500,
  cellSeconds: 20,
  checkpointSeconds: 10,
  checkpointBytes: 250_000,
  resultBytes: 180_000,
  deaths: 0.02,
  errors: 0.02,
};

/** Versions that no real worker has. */
export const versions = { simulation: "1" };
