/** A layer broke a law of the kit. Message: `<law>: <what was expected and what came>`. */
export class LawViolation extends Error {
  override readonly name = "LawViolation";
  protected readonly kind = "invertible/law-violation";
  static is(error: unknown): error is LawViolation {
    return error instanceof Error && (error as { kind?: unknown }).kind === "invertible/law-violation";
  }
}

/** @throws LawViolation unless `holds`. */
export function demand(holds: boolean, message: string | (() => string)): asserts holds {
  if (!holds) throw new LawViolation(typeof message === "string" ? message : message());
}
