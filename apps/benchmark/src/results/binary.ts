/** Typed arrays as base64 of their little-endian bytes: compact inside JSON, and exact. */
export function encodeBytes(values: Float32Array | Uint8Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

export function decodeBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

export function decodeFloats(text: string): Float32Array {
  const bytes = decodeBytes(text);
  return new Float32Array(bytes.buffer, 0, bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);
}
