import { fail } from "@invertible/errors";

/**
 * A view of a file's bytes. By name rather than by `instanceof`, because frames and test runners have classes of their own.
 * @throws ArgumentError for anything else, such as a `Uint16Array` or text.
 */
export function asBytes(where: string, bytes: Uint8Array | ArrayBuffer): Uint8Array {
  const kind = Object.prototype.toString.call(bytes);
  if (kind === "[object Uint8Array]") return bytes as Uint8Array;
  if (kind === "[object ArrayBuffer]") return new Uint8Array(bytes as ArrayBuffer);
  return fail(`${where} bytes`, "a Uint8Array or an ArrayBuffer", kind.slice(8, -1));
}
