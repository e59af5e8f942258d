import { closestMatch } from "leven";
import { ArgumentError } from "./errors.ts";
import { fail } from "./fail.ts";

type NameOf<T> = T extends unknown ? keyof T : never;

/** "required" only where no member of a union can do without the option. */
type Need<T, K extends PropertyKey> = T extends unknown
  ? K extends keyof T
    ? object extends Pick<T, K>
      ? "optional"
      : "required"
    : "optional"
  : never;

/**
 * Every option of T, with what T says of it. Where the members of a union disagree, the option may be called "optional".
 *
 * @example
 * OptionNames<{ inputShape: Shape; varianceFloor?: number }> // { inputShape: "required"; varianceFloor: "optional" }
 */
export type OptionNames<T> = { readonly [K in NameOf<T>]: Need<T, K> };

/**
 * Checks the names of the options that a function was called with. TypeScript does this for its users; in JavaScript a misspelt
 * option would be ignored silently.
 *
 * TypeScript checks that `names` has exactly the options of T.
 *
 * @throws ArgumentError for anything but an object, for an unknown option ("did you mean ...?"), and for a required one that is
 * missing or undefined.
 *
 * @example
 * function actNorm(options: ActNormOptions) {
 *   checkOptions("actNorm", options, { inputShape: "required", varianceFloor: "optional" });
 */
export function checkOptions<T extends object>(where: string, options: T, names: OptionNames<T>): void {
  const known = Object.entries<string>(names);
  if (!isPlainObject(options)) {
    const shown = known.map(([name, need]) => (need === "required" ? name : `${name}?`)).join(", ");
    fail(where, `an object { ${shown} }`, options);
  }
  for (const name of Object.keys(options)) if (!Object.hasOwn(names, name)) failUnknown(where, name, known);
  for (const [name, need] of known)
    if (need === "required" && (options as Record<string, unknown>)[name] === undefined)
      throw new ArgumentError(`${where}: expected the option ${name}, received none`);
}

function failUnknown(where: string, name: string, known: readonly (readonly [string, string])[]): never {
  const names = known.map(([option]) => option);
  // Two letters are two typing errors, and enough to turn any short name into any other.
  const close = closestMatch(name, names, { maxDistance: Math.min(2, Math.floor(name.length / 2)) });
  throw new ArgumentError(
    `${where}: expected options among ${names.join(", ")}, received ${JSON.stringify(name.slice(0, 100))}` +
      (close === undefined ? "" : `; did you mean ${JSON.stringify(close)}?`),
  );
}

/** Tensors, layers and promises have a class of their own, or are frozen specifications with a `forward`. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
