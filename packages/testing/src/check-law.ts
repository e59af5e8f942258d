import { movingWeights } from "@invertible/bijection";
import { fail } from "@invertible/errors";
import { LawViolation } from "./law-violation.ts";
import type { Law } from "./law.ts";
import type { LawName } from "./law-names.ts";
import { laws } from "./laws.ts";
import { recorder } from "./measured.ts";
import type { Measurements, Recorder } from "./measured.ts";
import type { ConformanceOptions } from "./trial/options.ts";
import { withTrial } from "./trial/trial.ts";
import type { BijectionFactory, Trial } from "./trial/trial.ts";

/** Held, with what the law measured; or the reason why the law was not applied. */
export type LawResult =
  | { readonly held: true; readonly measurements: Measurements }
  | { readonly held: false; readonly exempt: string };

const defaultHint = "set `skip` with the reason";

/**
 * Checks one law on a bijection of the factory, on the current backend. For any test runner, or none.
 *
 * @param law one of the kit's by its name, or a law of your own.
 * @throws LawViolation where the law does not hold, and where the bijection throws, with that error as its `cause`.
 * @throws ArgumentError for a name that is no law.
 * @example
 * ```ts
 * await checkLaw("round trip", () => actNorm({ inputShape: [3] }));
 * ```
 */
export async function checkLaw(
  law: LawName | Law,
  factory: BijectionFactory,
  options: ConformanceOptions = {},
): Promise<LawResult> {
  return judge(law, factory, options, recorder());
}

/** `checkLaw`, with a recorder of the caller's, which knows what was measured also where the law is broken. */
export async function judge(
  law: LawName | Law,
  factory: BijectionFactory,
  options: ConformanceOptions,
  { record, measurements }: Recorder,
): Promise<LawResult> {
  const known = typeof law === "string" ? laws.find(({ name }) => name === law) : law;
  if (!known) fail("checkLaw", `one of ${laws.map(({ name }) => name).join(", ")}`, law);
  const { name, hint = defaultHint } = known;
  const skipped = (options.skip as Readonly<Record<string, string>> | undefined)?.[name];
  if (skipped !== undefined) return { held: false, exempt: skipped };
  let layer = "the factory";
  try {
    const check = async (trial: Trial): Promise<LawResult> => {
      layer = trial.bijection.name;
      const exempt = known.exempt?.(trial);
      if (exempt !== undefined) return { held: false, exempt };
      // Laws move weights and put them back.
      await movingWeights(() => Promise.resolve(known.check(trial)));
      return { held: true, measurements: measurements() };
    };
    return await withTrial(factory, options, check, record);
  } catch (error) {
    const place = { law: name, layer, hint };
    if (LawViolation.is(error)) throw new LawViolation(error.finding, error.details, place, { cause: error });
    throw new LawViolation(`expected no error, received ${String(error)}`, {}, place, { cause: error });
  }
}
