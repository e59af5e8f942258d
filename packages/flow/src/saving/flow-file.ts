import { NonFiniteError, failFormat, readJsonObject } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import { checkArchitecture } from "./architecture-limits.ts";
import type { ArchitectureTotals } from "./architecture-limits.ts";
import { decodeSafetensors } from "./decode-safetensors.ts";
import type { StoredTensor } from "./safetensors-types.ts";

/** What the metadata of a saved flow says about itself. */
export const flowFormat = "invertible-flow";
/** The version of the format that `saveFlow` writes. `loadFlow` also reads version 1, and refuses any other. */
export const flowFormatVersion = "2";

const readableVersions = ["1", flowFormatVersion];

/** Numbers in one example that any file may have; larger ones need a file with as many bytes. */
const freeExampleSize = 2 ** 24;

function largestExample(fileSize: number): number {
  return Math.max(fileSize, freeExampleSize);
}

/** A file that has been looked at as far as possible without building a layer. */
export interface FlowFile {
  readonly version: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly architecture: JsonObject;
  readonly totals: ArchitectureTotals;
  /** The text of the certificate, where there is one. */
  readonly certificate: string | undefined;
}

/**
 * Reads and checks everything in a file that does not depend on the types of layers. `saveFlow` reads its own files by it, so that
 * what is saved can be loaded.
 *
 * @throws FileFormatError for anything that is not a flow of a known format version, for NaN and infinity, and beyond the limits of
 *   `checkArchitecture`.
 */
export function readFlowFile(where: string, bytes: Uint8Array): FlowFile {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const format = metadata.get("format");
  if (format !== flowFormat) failFormat(`${where} format`, JSON.stringify(flowFormat), format);
  const version = metadata.get("formatVersion");
  if (version === undefined || !readableVersions.includes(version))
    failFormat(
      `${where} formatVersion`,
      readableVersions.map((known) => JSON.stringify(known)).join(" or "),
      version,
    );
  const at = `${where} architecture`;
  const architecture = readJsonObject(at, metadata.get("architecture"));
  const totals = checkArchitecture(at, architecture, largestExample(bytes.length), failFormat);
  checkFinite(where, tensors);
  return { version, tensors, architecture, totals, certificate: metadata.get("certificate") };
}

/**
 * Checks that every floating-point number is finite.
 * @throws FileFormatError naming the first array with a NaN or an infinity; or what `refuse` throws.
 */
export function checkFinite(
  where: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  refuse: (where: string, expected: string, received: unknown) => never = failFormat,
): void {
  for (const [name, { data }] of tensors) {
    const bad = firstNonFinite(data);
    if (bad !== undefined)
      refuse(`${where} tensor ${JSON.stringify(name.slice(0, 100))}`, "finite numbers", bad);
  }
}

/** `refuse` for tensors that are to be saved. */
export function failNonFinite(where: string, expected: string, received: unknown): never {
  throw new NonFiniteError(`${where}: expected ${expected}, received ${String(received)}`);
}

function firstNonFinite(data: StoredTensor["data"]): number | undefined {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return undefined;
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return data[i];
  return undefined;
}
