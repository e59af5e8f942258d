import { judge } from "./check-law.ts";
import { LawViolation } from "./law-violation.ts";
import { laws } from "./laws.ts";
import { recorder } from "./measured.ts";
import type { Measurements } from "./measured.ts";
import type { ConformanceOptions } from "./trial/options.ts";
import type { BijectionFactory } from "./trial/trial.ts";

/** What `checkLaws` found. */
export interface ConformanceReport {
  /** Laws that hold. */
  readonly held: readonly string[];
  /** Laws that were not applied, each with the reason. */
  readonly exempt: Readonly<Record<string, string>>;
  /** In the order in which a failure says most, so the first is the one to look at. */
  readonly violations: readonly LawViolation[];
  /** What each law measured that was applied, by its name. A broken law measures up to the comparison that broke it. */
  readonly measurements: Readonly<Record<string, Measurements>>;
  /** For people: one line for each violation, the first of several marked as the probable cause. */
  readonly summary: string;
}

/**
 * Checks every law on a bijection of the factory, on the current backend, and reports instead of throwing.
 *
 * @example
 * ```ts
 * const { summary } = await checkLaws(() => actNorm({ inputShape: [3] }));
 * ```
 */
export async function checkLaws(
  factory: BijectionFactory,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const held: string[] = [];
  const exempt: Record<string, string> = {};
  const measurements: Record<string, Measurements> = {};
  const violations: LawViolation[] = [];
  for (const law of laws) {
    const own = recorder();
    try {
      const result = await judge(law, factory, options, own);
      if (result.held) held.push(law.name);
      else exempt[law.name] = result.exempt;
    } catch (error) {
      if (!LawViolation.is(error)) throw error;
      violations.push(error);
    }
    if (!Object.hasOwn(exempt, law.name)) measurements[law.name] = own.measurements();
  }
  return { held, exempt, violations, measurements, summary: summaryOf(held, exempt, violations) };
}

function summaryOf(
  held: readonly string[],
  exempt: Readonly<Record<string, string>>,
  violations: readonly LawViolation[],
): string {
  const exempted = Object.keys(exempt).length;
  const broken = `${violations.length} ${violations.length === 1 ? "is" : "are"} broken`;
  const others = `${exempted} ${exempted === 1 ? "does" : "do"} not apply`;
  const counts = `${held.length} laws hold, ${broken}, ${others}`;
  const mark = (i: number) => (violations.length > 1 && i === 0 ? "first cause: " : "");
  return [counts, ...violations.map(({ message }, i) => `- ${mark(i)}${message}`)].join("\n");
}
