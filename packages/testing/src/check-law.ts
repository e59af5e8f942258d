import { fail } from "@invertible/errors";
import { laws } from "./laws.ts";
import type { LawName } from "./law-names.ts";
import type { ConformanceOptions } from "./trial/options.ts";
import { withTrial } from "./trial/trial.ts";
import type { BijectionFactory } from "./trial/trial.ts";

/** Held, or the reason why the law was not applied. */
export type LawResult = { readonly held: true } | { readonly held: false; readonly exempt: string };

/**
 * Checks one law on a bijection of the factory, on the current backend. For any test runner, or none.
 *
 * @throws LawViolation where the law does not hold, or what the bijection throws.
 * @example
 * ```ts
 * await checkLaw("round trip", () => actNorm({ inputShape: [3] }));
 * ```
 */
export async function checkLaw(
  name: LawName,
  factory: BijectionFactory,
  options: ConformanceOptions = {},
): Promise<LawResult> {
  const law = laws.find((l) => l.name === name);
  if (!law) fail("checkLaw", `one of ${laws.map((l) => l.name).join(", ")}`, name);
  const skipped = options.skip?.[name];
  if (skipped !== undefined) return { held: false, exempt: skipped };
  return withTrial(factory, options, async (trial) => {
    const exempt = law.exempt?.(trial);
    if (exempt !== undefined) return { held: false, exempt };
    await law.check(trial);
    return { held: true };
  });
}
