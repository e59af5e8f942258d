import { laws, ratioOf } from "@invertible/testing/laws";
import type { ConformanceReport } from "@invertible/testing/laws";
import { short } from "./text.mts";

/** One row for each law: verdict, the comparison that is nearest to its limit, or why it was not applied. */
export function lawRows({ measurements, exempt, violations }: ConformanceReport): string[][] {
  return laws.map(({ name }) => {
    const reason = exempt[name];
    if (reason !== undefined) return [name, "-", "", "", "", reason];
    const broken = violations.some(({ law }) => law === name);
    const verdict = broken ? "BROKEN" : "holds";
    const closest = measurements[name]?.closest;
    if (closest === undefined) return [name, verdict, "", "", "", ""];
    const { what, value, allowed } = closest;
    return [name, verdict, short(value), short(allowed), ratioText(ratioOf(closest)), what];
  });
}

function ratioText(ratio: number): string {
  if (ratio === 0) return "0";
  return ratio < 0.001 ? "< 0.001" : String(Number(ratio.toPrecision(2)));
}
