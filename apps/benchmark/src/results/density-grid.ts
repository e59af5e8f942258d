import { z } from "zod";

/** Values at the cell centres of the square [-halfWidth, halfWidth]^2, float32 as base64, row by row from the top. */
export const densityGrid = z.strictObject({
  cells: z.int().positive(),
  halfWidth: z.number().positive(),
  values: z.base64(),
});

export type DensityGrid = z.infer<typeof densityGrid>;
