import { ArgumentError, ShapeError } from "./errors.ts";
import type { Shape, Tensor } from "../tensors/types.ts";

/** @throws ArgumentError `<where>: expected <expected>, received <received>`. */
export function fail(where: string, expected: string, received: unknown): never {
  throw new ArgumentError(`${where}: expected ${expected}, received ${show(received)}`);
}

export function checkPositiveInteger(where: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) fail(where, "a positive integer", value);
}

/** Both ends are excluded. */
export function checkBetween(where: string, value: number, low: number, high: number): void {
  if (!(value > low && value < high)) fail(where, `a number in (${low}, ${high})`, value);
}

/** A shape of positive integers, without the batch axis. */
export function checkShape(where: string, shape: Shape): void {
  if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n > 0))
    fail(where, "a shape of positive integers", shape);
}

/** @throws ShapeError unless x is [B, ...shape]; B may be 0. */
export function checkBatch(where: string, x: Tensor, shape: Shape): void {
  if (!Array.isArray((x as Partial<Tensor> | undefined)?.shape)) fail(where, "a tensor", x);
  const fits = x.rank === shape.length + 1 && shape.every((n, i) => x.shape[i + 1] === n);
  if (!fits)
    throw new ShapeError(
      `${where}: expected [${["B", ...shape].join(", ")}], received [${x.shape.join(", ")}]`,
    );
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" || value === undefined || value === null) return String(value);
  return JSON.stringify(value) ?? String(value);
}
