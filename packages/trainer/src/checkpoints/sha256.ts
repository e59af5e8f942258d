import { UnsupportedError } from "@invertible/errors";

/**
 * SHA-256 as 64 hexadecimal digits.
 * @throws UnsupportedError where the platform has no Web Crypto: browsers have it on https and localhost only.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!subtle)
    throw new UnsupportedError(
      "train.checkpoint: expected crypto.subtle (https or localhost), received none",
    );
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
