import { z } from "zod";

/** How many of some examples were put into a wrong class. */
export const shareWrong = z.strictObject({
  /** Percent. */
  value: z.number(),
  /** Over the examples, percent. */
  standardError: z.number(),
  examples: z.int().positive(),
});

/** In percent, from a share of independent examples. */
export function shareWrongOf(share: number, examples: number): z.infer<typeof shareWrong> {
  return {
    value: 100 * share,
    standardError: 100 * Math.sqrt((share * (1 - share)) / examples),
    examples,
  };
}
