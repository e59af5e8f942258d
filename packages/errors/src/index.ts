export {
  ArgumentError,
  FileFormatError,
  InvertibleError,
  NonFiniteError,
  NotCertifiedError,
  NotConvergedError,
  ShapeError,
  UnsupportedError,
  hasKind,
} from "./errors.ts";
export { checkBetween, checkChoice, checkPositiveInteger, checkShape } from "./checks.ts";
export { fail, failFormat } from "./fail.ts";
export { readJsonObject } from "./json.ts";
export type { Json, JsonObject } from "./json.ts";
