/**
 * Writes messages of protocol buffers, the little of it that ONNX needs: numbers, texts, bytes and nested messages, each with the number
 * of its field. A part is a list of chunks, so that large arrays are copied only once, at the end.
 *
 * @see https://protobuf.dev/programming-guides/encoding
 */
export type Part = readonly Uint8Array[];

const wireVarint = 0;
const wireBytes = 2;
const wireFloat = 5;

/** A non-negative integer, or one of 64 bits in two's complement, in groups of 7 bits with the lowest first. */
function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 128);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}

const key = (field: number, wire: number) => varint(field * 8 + wire);
const lengthOf = (part: Part) => part.reduce((total, chunk) => total + chunk.length, 0);

/** An integer field. */
export function integer(field: number, value: number | bigint): Part {
  return [key(field, wireVarint), varint(value)];
}

/** A field of one float32 number. */
export function float(field: number, value: number): Part {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [key(field, wireFloat), bytes];
}

/** A field of raw bytes. */
export function raw(field: number, value: Uint8Array): Part {
  return [key(field, wireBytes), varint(value.length), value];
}

/** A field of text. */
export function text(field: number, value: string): Part {
  return raw(field, new TextEncoder().encode(value));
}

/** A field that is a message of its own. */
export function message(field: number, ...parts: readonly Part[]): Part {
  const body = parts.flat();
  return [key(field, wireBytes), varint(lengthOf(body)), ...body];
}

/** Joins the chunks of a message. */
export function join(...parts: readonly Part[]): Uint8Array {
  const chunks = parts.flat();
  const bytes = new Uint8Array(lengthOf(chunks));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
