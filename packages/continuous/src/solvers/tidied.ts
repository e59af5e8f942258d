import { tidy } from "@invertible/ops";

/** `tidy` for objects with optional tensors, whose interfaces the types of TensorFlow.js do not accept. */
export function tidied<Result extends object>(run: () => Result): Result {
  return tidy(() => run() as never) as Result;
}
