import { NonFiniteError, failFormat, readJsonObject } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import type { NamedVariables } from "@invertible/ops";
import { checkArchitecture } from "./architecture-limits.ts";
import type { ArchitectureTotals } from "./architecture-limits.ts";
import { decodeSafetensors } from "./decode-safetensors.ts";
import type { StoredTensor } from "./safetensors-types.ts";

/** The arrays of a file by name. */
export type StoredTensors = ReadonlyMap<string, StoredTensor>;

/** One kind of saved models, as their metadata name it. */
export interface ModelFormat {
  /** Stands under `format`: "invertible-flow". */
  readonly name: string;
  /** Stands under `formatVersion` of what is saved. */
  readonly version: string;
  /** Older versions that load too, each with what turns its arrays into those of `version`, given the variables of the model. */
  readonly upgrades?: Readonly<
    Record<string, (where: string, stored: StoredTensors, variables: NamedVariables) => StoredTensors>
  >;
}

/** Numbers in one example that any file may have; larger ones need a file with as many bytes. */
const freeExampleSize = 2 ** 24;

function largestExample(fileSize: number): number {
  return Math.max(fileSize, freeExampleSize);
}

/** A file that has been looked at as far as possible without building a layer. */
export interface ModelFile {
  readonly version: string;
  readonly tensors: StoredTensors;
  readonly architecture: JsonObject;
  readonly totals: ArchitectureTotals;
  /** The text of the certificate, where there is one. */
  readonly certificate: string | undefined;
}

/**
 * Reads and checks everything in a file that does not depend on the types of layers. What is saved is read again by it, so that it can
 * be loaded.
 *
 * @throws FileFormatError for anything that is not a model of this format in a known version, for NaN and infinity, and beyond the
 *   limits of `checkArchitecture`.
 */
export function readModelFile(where: string, bytes: Uint8Array, format: ModelFormat): ModelFile {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const name = metadata.get("format");
  if (name !== format.name) failFormat(`${where} format`, JSON.stringify(format.name), name);
  const version = metadata.get("formatVersion");
  const readable = [...Object.keys(format.upgrades ?? {}), format.version];
  if (version === undefined || !readable.includes(version))
    failFormat(
      `${where} formatVersion`,
      readable.map((known) => JSON.stringify(known)).join(" or "),
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
  tensors: StoredTensors,
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
