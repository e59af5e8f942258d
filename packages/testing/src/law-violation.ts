import { ratioOf } from "./measured.ts";
import type { Measured } from "./measured.ts";
import type { Trial } from "./trial/trial.ts";

/** What a message says beside what was expected and what came. */
export interface ViolationDetails {
  /** The example that shows the defect: "x = [0.1, 2.3] (example 1)". */
  readonly input?: string;
  /** The error as a multiple of what is allowed. */
  readonly ratio?: number;
  /** What to do where the layer is right all the same: "set `tails`, if ...". Default: the law's own `hint`. */
  readonly hint?: string;
}

/** Which law was broken, and by which layer. */
export interface ViolationPlace {
  readonly law: string;
  readonly layer: string;
  readonly hint?: string;
}

/**
 * A layer broke a law of the kit. The message names law and layer, what was expected and what came, the ratio of the error to the
 * tolerance, the input, and the option to set where the layer is right all the same.
 */
export class LawViolation extends Error {
  override readonly name = "LawViolation";
  protected readonly kind = "invertible/law-violation";
  /** `<what>: expected <...>, received <...>`, without the rest. */
  readonly finding: string;
  readonly details: ViolationDetails;
  readonly law: string | undefined;

  constructor(
    finding: string,
    details: ViolationDetails = {},
    place?: ViolationPlace,
    options?: { readonly cause: unknown },
  ) {
    super(messageOf(finding, details, place), options);
    this.finding = finding;
    this.details = details;
    this.law = place?.law;
  }

  static is(error: unknown): error is LawViolation {
    return error instanceof Error && (error as { kind?: unknown }).kind === "invertible/law-violation";
  }
}

function messageOf(finding: string, details: ViolationDetails, place: ViolationPlace | undefined): string {
  const { input, ratio } = details;
  const hint = details.hint ?? place?.hint;
  return [
    place === undefined ? "" : `${place.law}, ${place.layer}: `,
    finding,
    ratio === undefined || Number.isNaN(ratio) ? "" : ` (${ratio.toPrecision(3)} times what is allowed)`,
    input === undefined ? "" : `, for ${input}`,
    hint === undefined ? "" : `. If that is right for this layer, ${hint}`,
  ].join("");
}

/**
 * For laws: nothing where the condition holds.
 *
 * @throws LawViolation unless `holds`; `finding` is `<what>: expected <...>, received <...>`.
 */
export function demand(
  holds: boolean,
  finding: string | (() => string),
  details?: ViolationDetails | (() => ViolationDetails),
): asserts holds {
  if (holds) return;
  throw new LawViolation(
    typeof finding === "string" ? finding : finding(),
    typeof details === "function" ? details() : details,
  );
}

/**
 * For laws: demands that a number is at most what is allowed, and records both, so that reports can say how near a layer is to the
 * limit.
 *
 * @throws LawViolation where it is more, or not a number. The ratio is part of the message.
 */
export function demandWithin(
  trial: Pick<Trial, "record">,
  measured: Measured,
  finding: string | (() => string),
  details: ViolationDetails | (() => ViolationDetails) = {},
): void {
  trial.record(measured);
  demand(measured.value <= measured.allowed, finding, () => ({
    ratio: ratioOf(measured),
    ...(typeof details === "function" ? details() : details),
  }));
}
