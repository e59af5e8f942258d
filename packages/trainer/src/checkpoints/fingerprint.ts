import type { JsonObject } from "@invertible/errors";
import type { ExampleSet, Rows } from "../data/example-set.ts";
import { sha256 } from "./sha256.ts";

/**
 * Count, shape, number type and SHA-256 of the values, and of the conditions where there are some: enough to tell whether a run
 * goes on with the same data.
 * @throws UnsupportedError where the platform has no Web Crypto: browsers have it on https and localhost only.
 */
export async function fingerprint({ count, condition, ...examples }: ExampleSet): Promise<JsonObject> {
  return {
    count,
    ...(await ofRows(examples)),
    ...(condition && { condition: await ofRows(condition) }),
  };
}

async function ofRows({ values, shape }: Rows): Promise<JsonObject> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const numbers = values instanceof Uint8Array ? "uint8" : "float32";
  return { shape: [...shape], numbers, sha256: await sha256(bytes) };
}
