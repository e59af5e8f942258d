/** The texts in the metadata of an ONNX file: field 14 of the outermost message, each with a key and a value. */
export function readMetadata(file: Uint8Array): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { field, bytes } of fieldsOf(file)) {
    if (field !== 14) continue;
    const [key, value] = fieldsOf(bytes).map((part) => new TextDecoder().decode(part.bytes));
    found[key!] = value!;
  }
  return found;
}

/** The fields of a message. Those that are numbers have no bytes. */
function fieldsOf(message: Uint8Array): { readonly field: number; readonly bytes: Uint8Array }[] {
  const fields: { field: number; bytes: Uint8Array }[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const length = varint();
    const isBytes = key % 8 === 2;
    fields.push({
      field: Math.floor(key / 8),
      bytes: isBytes ? message.subarray(at, at + length) : new Uint8Array(),
    });
    if (isBytes) at += length;
  }
  return fields;
}
