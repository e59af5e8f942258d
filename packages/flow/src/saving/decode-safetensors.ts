import { FileFormatError, UnsupportedError, failFormat } from "@invertible/errors";
import { dtypeNames, dtypes, elementCount, isDtype, machineIsLittleEndian } from "./safetensors-types.ts";
import type { Safetensors, SafetensorsDtype, StoredTensor } from "./safetensors-types.ts";

/**
 * Longest header that `decodeSafetensors` accepts, in bytes. The reference implementation allows 100 MB. Files of this project
 * would need thousands of tensors to come near this limit.
 */
export const largestHeader = 10_000_000;

const where = "decodeSafetensors";

interface Entry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a safetensors file. Everything is checked against the size of the file before any array is made: the length and text of
 * the header, the type, shape and offsets of every entry, and that the arrays cover the data without holes or overlaps.
 *
 * An array is a view of `bytes` where its alignment allows this, and a copy elsewhere.
 *
 * @throws FileFormatError that says what was expected and what the file holds instead. If the JSON header has several members
 * of one name, `JSON.parse` keeps only the last. The bytes of the others then form a hole, which is an error.
 * @throws UnsupportedError on a big-endian machine.
 * @see the format's description, https://github.com/huggingface/safetensors#format
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  if (!machineIsLittleEndian) throw new UnsupportedError(`${where}: expected a little-endian machine`);
  const { header, dataStart } = readHeader(bytes);
  const metadata = new Map<string, string>();
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name !== "__metadata__") entries.push(readEntry(name, value));
    else
      for (const [key, text] of Object.entries(objectOf(`${where} __metadata__`, value)))
        metadata.set(key, stringOf(key, text));
  }
  checkCoverage(entries, bytes.length - dataStart);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const { view, bytes: itemSize } = dtypes[dtype];
    const start = bytes.byteOffset + dataStart + begin;
    const length = (end - begin) / itemSize;
    const data =
      start % itemSize === 0
        ? new view(bytes.buffer, start, length)
        : new view(bytes.slice(dataStart + begin, dataStart + end).buffer, 0, length);
    tensors.set(name, { dtype, shape, data });
  }
  return { tensors, metadata };
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) failFormat(where, "at least 8 bytes", bytes.length);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(largestHeader))
    failFormat(`${where} header length`, `at most ${largestHeader} bytes`, String(length));
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length)
    failFormat(`${where} header length`, `at most the ${bytes.length - 8} bytes there are`, Number(length));
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart));
  } catch (cause) {
    throw new FileFormatError(`${where} header: expected UTF-8 text, received other bytes`, { cause });
  }
  if (!text.startsWith("{")) failFormat(`${where} header`, 'text that begins with "{"', text.slice(0, 20));
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    failFormat(`${where} header`, "a JSON object", text, cause);
  }
  return { header: objectOf(`${where} header`, header), dataStart };
}

function readEntry(name: string, value: unknown): Entry {
  const at = `${where} tensor ${JSON.stringify(name.slice(0, 100))}`;
  const { dtype, shape, data_offsets: offsets, ...others } = objectOf(at, value);
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) failFormat(at, "dtype, shape and data_offsets only", unknown);
  if (!isDtype(dtype)) failFormat(`${at} dtype`, `one of ${dtypeNames.join(", ")}`, dtype);
  if (!isSizes(shape)) failFormat(`${at} shape`, "an array of sizes", shape);
  if (!isSizes(offsets) || offsets.length !== 2) failFormat(`${at} data_offsets`, "[begin, end]", offsets);
  const [begin, end] = offsets as [number, number];
  const size = elementCount(shape);
  if (size === undefined || size * dtypes[dtype].bytes !== end - begin)
    failFormat(`${at} data_offsets`, `as many bytes as ${dtype} [${shape.join(", ")}] holds`, end - begin);
  return { name, dtype, shape, begin, end };
}

/** Checks that the arrays, in order of their offsets, fill the data exactly: without holes, overlaps or bytes left over. */
function checkCoverage(entries: readonly Entry[], dataLength: number): void {
  let covered = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered)
      failFormat(`${where} tensor ${JSON.stringify(name)} data_offsets`, `begin ${covered}`, begin);
    covered = end;
  }
  if (covered !== dataLength) failFormat(`${where} data`, `${covered} bytes, as the header says`, dataLength);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function objectOf(at: string, value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    failFormat(at, "a JSON object", value);
  return value as Record<string, unknown>;
}

function stringOf(key: string, value: unknown): string {
  if (typeof value !== "string")
    failFormat(`${where} __metadata__ ${JSON.stringify(key.slice(0, 100))}`, "a string", value);
  return value;
}
