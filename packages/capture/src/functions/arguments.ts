import { ShapeError, fail } from "@invertible/errors";
import type { Random, Tensor } from "@invertible/ops";

/** What stands at one place of the arguments of a function. */
export type Leaf =
  | { readonly path: string; readonly kind: "tensor"; readonly value: Tensor }
  | { readonly path: string; readonly kind: "random"; readonly value: Random }
  | { readonly path: string; readonly kind: "constant"; readonly value: unknown };

/** The places of the arguments: tensors, keys and constants in lists and plain objects. Paths are "argument 1.random". */
export function leavesOf(where: string, args: readonly unknown[]): readonly Leaf[] {
  const leaves: Leaf[] = [];
  args.forEach((value, i) =>
    mapLeaves(`argument ${i}`, value, (leaf) => {
      checkLeaf(`${where}: ${leaf.path}`, leaf);
      leaves.push(leaf);
    }),
  );
  return leaves;
}

/** The same arguments with what `replace` returns in the place of every tensor, key and constant. */
export function replaceLeaves<A extends readonly unknown[]>(args: A, replace: (leaf: Leaf) => unknown): A {
  return args.map((value, i) => mapLeaves(`argument ${i}`, value, replace)) as unknown as A;
}

function mapLeaves(path: string, value: unknown, map: (leaf: Leaf) => unknown): unknown {
  if (isTensor(value)) return map({ path, kind: "tensor", value });
  if (isRandom(value)) return map({ path, kind: "random", value });
  if (Array.isArray(value)) return value.map((each: unknown, i) => mapLeaves(`${path}[${i}]`, each, map));
  if (!isPlainObject(value)) return map({ path, kind: "constant", value });
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, mapLeaves(`${path}.${name}`, each, map)]),
  );
}

function checkLeaf(at: string, { kind, value }: Leaf): void {
  if (kind === "tensor") {
    if (value.isDisposed) fail(at, "a tensor in use", "one that was disposed of");
    if (!["float32", "int32", "bool"].includes(value.dtype))
      fail(at, "a tensor of type float32, int32 or bool", value.dtype);
  } else if (
    kind === "constant" &&
    value !== null &&
    !["number", "string", "boolean", "undefined"].includes(typeof value)
  )
    fail(at, "tensors, random keys, numbers, texts and booleans, in lists and plain objects", value);
}

/** Text that is equal for arguments that one recording serves: the same shapes, and the same constants. */
export function keyOf(leaves: readonly Leaf[]): string {
  return JSON.stringify(
    leaves.map(({ path, kind, value }) => [
      path,
      kind,
      kind === "tensor" ? value.shape : kind === "constant" ? [typeof value, String(value)] : 0,
    ]),
  );
}

/**
 * Checks arguments against the examples of a capture. Only the first axis of a tensor, which counts examples, may have another size, and
 * constants may have other values.
 *
 * @throws ShapeError for another shape.
 * @throws ArgumentError for other names, or a tensor of another type.
 */
export function checkLike(where: string, leaves: readonly Leaf[], examples: readonly Leaf[]): void {
  const name = ({ path, kind }: Leaf) => `${path} (${kind})`;
  const [received, expected] = [leaves, examples].map((each) => each.map(name).join(", ") || "none");
  if (received !== expected) fail(where, `what was captured, ${expected}`, received);
  leaves.forEach((leaf, i) => {
    const example = examples[i]!;
    if (leaf.kind !== "tensor" || example.kind !== "tensor") return;
    const [at, tensor, { dtype, shape }] = [`${where}: ${leaf.path}`, leaf.value, example.value];
    if (tensor.dtype !== dtype) fail(at, `a tensor of type ${dtype}`, tensor.dtype);
    const fits =
      tensor.rank === shape.length && shape.every((size, axis) => axis === 0 || tensor.shape[axis] === size);
    const form = shape.map((size, axis) => (axis === 0 ? "B" : size)).join(", ");
    if (!fits || tensor.size === 0)
      throw new ShapeError(
        `${at}: expected [${form}]${tensor.size === 0 ? " with at least one example" : ""}, received [${tensor.shape.join(", ")}]`,
      );
  });
}

/** The tensors of a result, by their places in lists and plain objects. */
export function tensorsOf(where: string, value: unknown, path = "result"): readonly [string, Tensor][] {
  if (isTensor(value)) return [[path, value]];
  const isList = Array.isArray(value);
  if (!isList && !isPlainObject(value))
    return fail(`${where}: ${path}`, "a tensor, or a list or plain object of tensors", value);
  return Object.entries(value).flatMap(([name, each]) => tensorsOf(where, each, `${path}.${name}`));
}

/** A value like a result, with other tensors in their places. */
export function likeResult(value: unknown, tensorAt: (path: string) => Tensor, path = "result"): unknown {
  if (isTensor(value)) return tensorAt(path);
  if (Array.isArray(value)) return value.map((each, i) => likeResult(each, tensorAt, `${path}.${i}`));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, each]) => [
      name,
      likeResult(each, tensorAt, `${path}.${name}`),
    ]),
  );
}

function isTensor(value: unknown): value is Tensor {
  const { dataId, shape } = Object(value) as Partial<Tensor>;
  return typeof dataId === "object" && Array.isArray(shape);
}

function isRandom(value: unknown): value is Random {
  const { key, fold, normal } = Object(value) as Partial<Random>;
  return Array.isArray(key) && typeof fold === "function" && typeof normal === "function";
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
