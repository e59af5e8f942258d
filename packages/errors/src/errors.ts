/**
 * Base of all error classes of this family. Each class has a static method `is`, which recognises its errors where
 * `instanceof` fails: two copies of a package in one program have two classes of the same kind.
 *
 * @example
 * export class QueueError extends InvertibleError {
 *   override readonly name = "QueueError";
 *   protected readonly kind = "my-package/queue";
 *   static is(error: unknown): error is QueueError {
 *     return hasKind(error, "my-package/queue");
 *   }
 * }
 */
export abstract class InvertibleError extends Error {
  /** Identifies the class across copies of a package, as in "my-package/queue". */
  protected abstract readonly kind: string;

  /** A message can quote a whole file, by a name or a list in it: only its beginning is kept. */
  constructor(message: string, options?: ErrorOptions) {
    super(message.length > longestMessage ? `${message.slice(0, longestMessage)}...` : message, options);
  }
}

/** Characters. Our own longest messages, which list all layers, have about 1000. */
const longestMessage = 2000;

/** Whether an error is of the class with this `kind`, in whichever copy of the package the class was defined. */
export function hasKind(error: unknown, kind: string): boolean {
  return error instanceof Error && (error as { kind?: unknown }).kind === kind;
}

/** An argument or option is outside its range. Message: `<where>: expected <...>, received <...>`. */
export class ArgumentError extends InvertibleError {
  override readonly name = "ArgumentError";
  protected readonly kind = "invertible/argument";
  static is(error: unknown): error is ArgumentError {
    return hasKind(error, "invertible/argument");
  }
}

/** A tensor has the wrong shape. Message: `<where>: expected [B, ..], received [..]`. */
export class ShapeError extends InvertibleError {
  override readonly name = "ShapeError";
  protected readonly kind = "invertible/shape";
  static is(error: unknown): error is ShapeError {
    return hasKind(error, "invertible/shape");
  }
}

/** A number is NaN or infinite where a finite one is needed. */
export class NonFiniteError extends InvertibleError {
  override readonly name = "NonFiniteError";
  protected readonly kind = "invertible/non-finite";
  static is(error: unknown): error is NonFiniteError {
    return hasKind(error, "invertible/non-finite");
  }
}

/** An iteration reached its largest number of steps before its tolerance. */
export class NotConvergedError extends InvertibleError {
  override readonly name = "NotConvergedError";
  protected readonly kind = "invertible/not-converged";
  static is(error: unknown): error is NotConvergedError {
    return hasKind(error, "invertible/not-converged");
  }
}

/** A direction, kernel or backend does not exist. */
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

/** A tensor does not fit into the memory of the backend. What was in use before still is, and smaller calls work. */
export class OutOfMemoryError extends InvertibleError {
  override readonly name = "OutOfMemoryError";
  protected readonly kind = "invertible/out-of-memory";
  static is(error: unknown): error is OutOfMemoryError {
    return hasKind(error, "invertible/out-of-memory");
  }
}

/** A file is not what it claims to be. Message: `<where>: expected <...>, received <...>`. */
export class FileFormatError extends InvertibleError {
  override readonly name = "FileFormatError";
  protected readonly kind = "invertible/file-format";
  static is(error: unknown): error is FileFormatError {
    return hasKind(error, "invertible/file-format");
  }
}
