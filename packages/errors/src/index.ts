export {
  ArgumentError,
  FileFormatError,
  InvertibleError,
  NonFiniteError,
  NotCertifiedError,
  NotConvergedError,
  OutOfMemoryError,
  ShapeError,
  UnsupportedError,
  hasKind,
} from "./errors.ts";
export { checkBetween, checkChoice, checkIntegerFrom, checkPositiveInteger, checkShape } from "./checks.ts";
export { explainOutOfMemory } from "./explain-out-of-memory.ts";
export type { TooLarge } from "./explain-out-of-memory.ts";
export { fail, failFormat } from "./fail.ts";
export { describeCause, loadPackage } from "./load-package.ts";
export { checkMembers } from "./check-members.ts";
export { checkOptions } from "./options.ts";
export type { OptionNames } from "./options.ts";
export { readJson, readJsonObject } from "./json.ts";
export type { Json, JsonObject } from "./json.ts";
