import { UnsupportedError, fail } from "@invertible/errors";
import { dtypeNames, dtypes, elementCount, isDtype, machineIsLittleEndian } from "./safetensors-types.ts";
import type { Safetensors, StoredTensor } from "./safetensors-types.ts";

/**
 * Writes arrays and string metadata as one safetensors file. The file holds the length of the header as a little-endian 64-bit
 * integer, a JSON header, and the bytes of the arrays without holes. As in the reference implementation, arrays are ordered by
 * type with the widest first, and then by name. So every array is aligned, and equal contents give equal bytes.
 *
 * @throws ArgumentError where shape, data type and data disagree, or a name is `__metadata__`.
 * @throws UnsupportedError on a big-endian machine.
 * @see the format's description, https://github.com/huggingface/safetensors#format
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  if (!machineIsLittleEndian)
    throw new UnsupportedError("encodeSafetensors: expected a little-endian machine");
  for (const [name, tensor] of tensors) check(name, tensor);
  const ordered = [...tensors].sort(
    ([a, x], [b, y]) => dtypeNames.indexOf(x.dtype) - dtypeNames.indexOf(y.dtype) || (a < b ? -1 : 1),
  );

  let size = 0;
  const entries: [string, unknown][] = [];
  if (metadata.size > 0) entries.push(["__metadata__", Object.fromEntries(metadata)]);
  for (const [name, { dtype, shape, data }] of ordered) {
    entries.push([name, { dtype, shape, data_offsets: [size, size + data.byteLength] }]);
    size += data.byteLength;
  }

  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(json, 8);
  file.fill(0x20, 8 + json.length, 8 + headerLength); // spaces, so that the data begins at a multiple of 8
  let offset = 8 + headerLength;
  for (const [, { data }] of ordered) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

function check(name: string, { dtype, shape, data }: StoredTensor): void {
  const where = `encodeSafetensors ${JSON.stringify(name)}`;
  if (name === "__metadata__") fail(where, "a name other than the reserved one", name);
  if (!isDtype(dtype)) fail(`${where} dtype`, `one of ${dtypeNames.join(", ")}`, dtype);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) fail(`${where} shape`, "sizes", shape);
  if (!(data instanceof dtypes[dtype].view))
    fail(`${where} data`, dtypes[dtype].view.name, data.constructor.name);
  if (data.length !== elementCount(shape))
    fail(`${where} data`, `${elementCount(shape)} elements`, data.length);
}
