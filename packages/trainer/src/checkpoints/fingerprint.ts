import { UnsupportedError } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import type { ExampleSet, Rows } from "../data/example-set.ts";

/**
 * Describes a data set well enough to tell whether a run continues with the same data: count, shape, number type and SHA-256 of
 * the values, and the same for the conditions where there are some.
 *
 * @throws UnsupportedError where the platform has no Web Crypto. Browsers have it only on https and localhost.
 */
export async function fingerprint({ count, condition, ...examples }: ExampleSet): Promise<JsonObject> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!subtle)
    throw new UnsupportedError(
      "train.checkpoint: expected crypto.subtle (https or localhost), received none",
    );
  return {
    count,
    ...(await ofRows(subtle, examples)),
    ...(condition && { condition: await ofRows(subtle, condition) }),
  };
}

async function ofRows(subtle: SubtleCrypto, { values, shape }: Rows): Promise<JsonObject> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { shape: [...shape], numbers: values instanceof Uint8Array ? "uint8" : "float32", sha256 };
}
