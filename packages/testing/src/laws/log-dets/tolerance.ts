import { sizeOf } from "@invertible/ops";
import type { Trial } from "../../trial/trial.ts";

/** Allowed error of one log-det: rounding grows with the number of terms and with the sum. */
export function toleranceOf({ bijection, tolerances }: Trial, expected: number): number {
  return tolerances.logDet * (Math.max(1, sizeOf(bijection.inputShape) / 4) + Math.abs(expected));
}
