import { demandWithin } from "../../law-violation.ts";
import { example, indexOfLargest, relativeErrors, short } from "../../measures/numbers.ts";
import type { Trial } from "../../trial/trial.ts";

/** Demands that the rows of a small batch are those of the large one, of which they are a part. */
export function demandSameRows(
  trial: Trial,
  what: string,
  whole: readonly Float32Array[],
  part: readonly Float32Array[],
  begin: number,
  allowed: number,
): void {
  const among = whole.slice(begin, begin + part.length);
  const errors = relativeErrors(part, among);
  const worst = indexOfLargest(errors);
  demandWithin(
    trial,
    { what, value: errors[worst]!, allowed },
    () =>
      `${what} of one example: expected the same in a batch of ${part.length} as in one of ${whole.length}, ` +
      `received a difference of ${short(errors[worst]!)}`,
    () => ({
      input: example("the result in the large batch", among[worst]!, begin + worst),
    }),
  );
}
