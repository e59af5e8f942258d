import type { JsonObject } from "@invertible/errors";
import type { ExampleSet, Rows } from "../data/example-set.ts";
import { sha256 } from "./sha256.ts";

/**
 * Describes a data set well enough to tell whether a run continues with the same data: count, shape, number type and SHA-256 of
 * the values, and the same for the conditions and targets where there are some.
 *
 * @throws UnsupportedError where the platform has no Web Crypto. Browsers have it only on https and localhost.
 */
export async function fingerprint({
  count,
  condition,
  target,
  ...examples
}: ExampleSet): Promise<JsonObject> {
  return {
    count,
    ...(await ofRows(examples)),
    ...(condition && { condition: await ofRows(condition) }),
    ...(target && { target: await ofRows(target) }),
  };
}

async function ofRows({ values, shape }: Rows): Promise<JsonObject> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const numbers = values instanceof Uint8Array ? "uint8" : "float32";
  return { shape: [...shape], numbers, sha256: await sha256(bytes) };
}
