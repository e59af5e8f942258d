/**
 * One class per kind of error. `is()` also recognises errors thrown by another copy of a package, where
 * `instanceof` fails.
 */
abstract class InvertibleError extends Error {
  protected abstract readonly kind: string;
}

function hasKind(error: unknown, kind: string): boolean {
  return error instanceof Error && (error as { kind?: unknown }).kind === kind;
}

/** An argument or option outside its range. Message: `<where>: expected <...>, received <...>`. */
export class ArgumentError extends InvertibleError {
  override readonly name = "ArgumentError";
  protected readonly kind = "invertible/argument";
  static is(error: unknown): error is ArgumentError {
    return hasKind(error, "invertible/argument");
  }
}

/** A tensor of the wrong shape. Message: `<where>: expected [B, ..], received [..]`. */
export class ShapeError extends InvertibleError {
  override readonly name = "ShapeError";
  protected readonly kind = "invertible/shape";
  static is(error: unknown): error is ShapeError {
    return hasKind(error, "invertible/shape");
  }
}

/** NaN or infinity where a finite number was needed. */
export class NonFiniteError extends InvertibleError {
  override readonly name = "NonFiniteError";
  protected readonly kind = "invertible/non-finite";
  static is(error: unknown): error is NonFiniteError {
    return hasKind(error, "invertible/non-finite");
  }
}

/** An iteration reached its cap before its tolerance. */
export class NotConvergedError extends InvertibleError {
  override readonly name = "NotConvergedError";
  protected readonly kind = "invertible/not-converged";
  static is(error: unknown): error is NotConvergedError {
    return hasKind(error, "invertible/not-converged");
  }
}

/** A direction, kernel or backend that is not there. */
export class UnsupportedError extends InvertibleError {
  override readonly name = "UnsupportedError";
  protected readonly kind = "invertible/unsupported";
  static is(error: unknown): error is UnsupportedError {
    return hasKind(error, "invertible/unsupported");
  }
}

/** A bound that was asked for, or claimed, is not proven. Message: `<where>: expected <...>, received <...>`. */
export class NotCertifiedError extends InvertibleError {
  override readonly name = "NotCertifiedError";
  protected readonly kind = "invertible/not-certified";
  static is(error: unknown): error is NotCertifiedError {
    return hasKind(error, "invertible/not-certified");
  }
}
