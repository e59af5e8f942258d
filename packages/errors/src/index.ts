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
export { checkMembers } from "./check-members.ts";
export { checkOptions } from "./options.ts";
export type { OptionNames } from "./options.ts";
export { readJsonObject } from "./json.ts";
export type { Json, JsonObject } from "./json.ts";
