/**
 * Changes to safetensors files. All are drawn from `pick`, a function that gives an integer in [0, n), so that a number names
 * each case for good.
 *
 * @typedef {(n: number) => number} Pick
 */

/** Numbers that files should not hold, and some that they should. */
const oddNumbers = [
  ...[0, -1, 1.5, 1, 2, 3, 7, 64, 1000, 9999, 10_001, 30_000, 65_536, 1e6, 2 ** 24, 4e8],
  ...[2 ** 31, 2 ** 32 - 1, 2 ** 32, 1e12, 2 ** 53, 1e20, 1e308, 1e-6, 1e-300, 0.999999, 0.5, -1e9],
];
const oddValues = [null, true, "", "relu", "exp", "first", [], {}, [1], [[1]], "x".repeat(500)];

/**
 * One to three changes.
 *
 * @param {Uint8Array} file
 * @param {Pick} pick
 */
export function mutate(file, pick) {
  let changed = file;
  for (let left = 1 + pick(3); left > 0; left--) {
    const kind = pick(10);
    if (kind < 2) changed = mutateBytes(changed, pick);
    else if (kind < 3) changed = mutateData(changed, pick);
    else changed = mutateHeader(changed, pick);
  }
  return changed;
}

/**
 * Bits flipped, bytes lost or made up, a length that is not true.
 *
 * @param {Uint8Array} file
 * @param {Pick} pick
 */
function mutateBytes(file, pick) {
  const at = pick(file.length || 1);
  const bytes = file.slice();
  switch (pick(5)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
      return bytes;
    case 1:
      return bytes.slice(0, at);
    case 2:
      return joined(
        bytes.slice(0, at),
        Uint8Array.from({ length: pick(20) }, () => pick(256)),
        bytes.slice(at),
      );
    case 3:
      bytes[pick(8)] = pick(256);
      return bytes;
    default:
      return joined(bytes.slice(0, at), bytes.slice(at + pick(20)));
  }
}

/**
 * Numbers that are not finite, or extremely large or small.
 *
 * @param {Uint8Array} file
 * @param {Pick} pick
 */
function mutateData(file, pick) {
  const parts = split(file);
  if (parts === undefined || parts.data.length < 4) return mutateBytes(file, pick);
  const data = parts.data.slice();
  const value = [NaN, Infinity, 1e20, 3e38, -3e38, 1e-40, 0, 100, -1e5][pick(9)];
  const [numbers, view] = [Math.floor(data.length / 4), new DataView(data.buffer)];
  const [from, count] = [pick(numbers), pick(2) === 0 ? 1 : numbers];
  for (let i = from; i < Math.min(numbers, from + count); i++) view.setFloat32(4 * i, value ?? 0, true);
  return assemble(parts.header, data);
}

/**
 * A value somewhere in the header or in the JSON that its metadata hold.
 *
 * @param {Uint8Array} file
 * @param {Pick} pick
 */
function mutateHeader(file, pick) {
  const parts = split(file);
  if (parts === undefined) return mutateBytes(file, pick);
  const { header, data } = parts;
  const metadata = header["__metadata__"];
  // An earlier change may have put a text there, whose characters are no entries.
  const texts = Object.entries(typeof metadata === "object" ? (metadata ?? {}) : {}).filter(
    ([, text]) => typeof text === "string" && /^[[{]/.test(text),
  );
  const entry = texts[pick(texts.length || 1)];
  if (entry === undefined || pick(4) === 0) return assemble(mutateJson(header, pick), data);
  const [key, text] = entry;
  try {
    metadata[key] = JSON.stringify(mutateJson(JSON.parse(text), pick));
  } catch {
    metadata[key] = text.slice(0, pick(text.length));
  }
  return assemble(header, data);
}

/**
 * The value with one place in it changed.
 *
 * @param {any} value
 * @param {Pick} pick
 */
function mutateJson(value, pick) {
  /** @type {{ holder: any, key: string | number }[]} */
  const places = [];
  /** @param {any} holder */
  const visit = (holder) => {
    if (typeof holder !== "object" || holder === null) return;
    for (const key of Array.isArray(holder) ? holder.keys() : Object.keys(holder)) {
      places.push({ holder, key });
      visit(holder[key]);
    }
  };
  visit(value);
  const place = places[pick(places.length || 1)];
  if (place === undefined) return oddValues[pick(oddValues.length)];
  const { holder, key } = place;
  const other = places[pick(places.length)];
  const found = holder[key];
  switch (pick(12)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 1:
      holder[key] = oddValues[pick(oddValues.length)];
      break;
    case 2: // two places change their values, such as shapes
      holder[key] = other?.holder[other.key];
      if (other) other.holder[other.key] = JSON.parse(JSON.stringify(found ?? null));
      break;
    case 3:
      if (Array.isArray(found)) holder[key] = [...found, ...found];
      break;
    case 4:
      if (Array.isArray(found)) holder[key] = Array(1 + pick(3000)).fill(found[0] ?? 1);
      break;
    case 5: {
      for (let levels = pick(300); levels > 0; levels--)
        holder[key] = pick(2) === 0 ? [holder[key]] : { a: holder[key] };
      break;
    }
    case 6:
      if (!Array.isArray(holder))
        holder[["__proto__", "constructor", "x".repeat(300), "0"][pick(4)] ?? ""] = found;
      break;
    default: {
      // Numbers most of all: shapes, counts, coefficients.
      const numbers = places.filter((each) => typeof each.holder[each.key] === "number");
      const chosen = numbers[pick(numbers.length || 1)];
      if (chosen) chosen.holder[chosen.key] = oddNumbers[pick(oddNumbers.length)];
    }
  }
  // A value may now hold itself, where two places were exchanged.
  try {
    JSON.stringify(value);
    return value;
  } catch {
    return {};
  }
}

/**
 * The file with each number of its architecture, one at a time, replaced by each of `values`.
 *
 * @param {Uint8Array} file
 * @param {readonly number[]} values
 * @returns {(() => Uint8Array)[]}
 */
export function withNumbers(file, values) {
  const text = split(file)?.header["__metadata__"].architecture;
  const places = [...text.matchAll(/(?<=[[:,])-?\d[\d.e+-]*(?=[\],}])/g)];
  return places.flatMap(({ index, 0: found }) =>
    values.map((value) => () => {
      const { header, data } = /** @type {any} */ (split(file));
      header["__metadata__"].architecture =
        text.slice(0, index) + JSON.stringify(value) + text.slice(index + found.length);
      return assemble(header, data);
    }),
  );
}

/**
 * @param {Uint8Array} file
 * @returns {{ header: any, data: Uint8Array } | undefined}
 */
export function split(file) {
  try {
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    const length = Number(view.getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    return typeof header === "object" && header !== null
      ? { header, data: file.slice(8 + length) }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {unknown} header
 * @param {Uint8Array} data
 */
export function assemble(header, data) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return joined(length, text, data);
}

/** @param {Uint8Array[]} parts */
function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
