/** A field of a message as it stands in the bytes: an integer, a float32 number, or bytes, which may be a text or a message. */
export type Value = bigint | number | Uint8Array;

/**
 * Reads a message of protocol buffers without knowing what it is: for each number of a field its values, in their order.
 *
 * @see https://protobuf.dev/programming-guides/encoding
 */
export function readMessage(bytes: Uint8Array): ReadonlyMap<number, readonly Value[]> {
  const fields = new Map<number, Value[]>();
  let at = 0;
  const varint = (): bigint => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError("the message ends inside an integer");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, value);
      shift += 7n;
    }
  };
  const take = (length: number): Uint8Array => {
    at += length;
    if (at > bytes.length) throw new RangeError("the message ends inside a field");
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const value = ((): Value => {
      switch (key % 8) {
        case 0:
          return varint();
        case 2:
          return take(Number(varint()));
        case 5:
          return new DataView(Uint8Array.from(take(4)).buffer).getFloat32(0, true);
        default:
          throw new RangeError(`a wire type that ONNX does not use: ${key % 8}`);
      }
    })();
    const field = Math.floor(key / 8);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

/** What to read of a message: for each name the number of a field and how it is read. */
export type Schema = Readonly<Record<string, readonly [field: number, read: (value: Value) => unknown]>>;

/** Reads a message by a schema: for each name a list of values. A field that the schema lacks is an error. */
export const messageOf =
  (schema: Schema) =>
  (value: Value): Record<string, unknown[]> => {
    const fields = readMessage(value as Uint8Array);
    const known = Object.values(schema).map(([field]) => field);
    const unknown = [...fields.keys()].filter((field) => !known.includes(field));
    if (unknown.length > 0) throw new RangeError(`fields that the schema lacks: ${unknown.join(", ")}`);
    return Object.fromEntries(
      Object.entries(schema)
        .filter(([, [field]]) => fields.has(field))
        .map(([name, [field, read]]) => [name, fields.get(field)!.map(read)]),
    );
  };

export const asText = (value: Value): string => new TextDecoder().decode(value as Uint8Array);
export const asNumber = (value: Value): number => Number(value);
export const asBytes = (value: Value): number[] => [...(value as Uint8Array)];
