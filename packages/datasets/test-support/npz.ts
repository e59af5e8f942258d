import { zipSync } from "fflate";

const text = (content: string) => new TextEncoder().encode(content);

/** Writes an array as NumPy does: magic, version 1.0, length of the header, header padded to 64 bytes, values. */
export function npyFile(header: string, values: Uint8Array): Uint8Array {
  const padded = `${header.padEnd(117)}\n`;
  const head = Uint8Array.of(0x93, ...text("NUMPY"), 1, 0, padded.length, 0);
  return new Uint8Array(Buffer.concat([head, text(padded), values]));
}

/** The header of an array. */
export function npyHeader(descr: string, order: "True" | "False", shape: string): string {
  return `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`;
}

/** A table of doubles as .npy, in C's order. */
export function npyOfRows(rows: readonly (readonly number[])[]): Uint8Array {
  const values = new Uint8Array(Float64Array.from(rows.flat()).buffer);
  return npyFile(npyHeader("<f8", "False", `${rows.length}, ${rows[0]!.length}`), values);
}

/** Arrays in an .npz file. */
export function npzFile(arrays: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])));
}
