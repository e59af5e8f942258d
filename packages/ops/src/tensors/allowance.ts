import * as tf from "@tensorflow/tfjs";
import { ShapeError } from "@invertible/errors";
import { sizeOf } from "./size-of.ts";
import type { Shape, Tensor, Variable } from "./types.ts";

/** What a build from an untrusted description may make, all layers together. */
export interface Allowance {
  /** Variables, and the numbers in all of them. */
  readonly variables: number;
  readonly variableNumbers: number;
  /** Numbers made from nothing: zeros, ones, random draws. */
  readonly numbers: number;
  /** Throws the error. `what` is "variables", "numbers in variables" or "numbers made from nothing". */
  refuse(what: string, most: number): never;
}

type Limited = "variables" | "variableNumbers" | "numbers";

const names: Readonly<Record<Limited, string>> = {
  variables: "variables",
  variableNumbers: "numbers in variables",
  numbers: "numbers made from nothing",
};

interface Running {
  readonly allowance: Allowance;
  readonly spent: Record<Limited, number>;
}

let running: Running | undefined;

/**
 * Runs a synchronous `build` that may come from a hostile file. Whatever is larger than the allowance is refused before memory is
 * taken for it. `newVariable` makes zeros, for loading overwrites them: no initial value is computed.
 *
 * Seen are `newVariable`, `variable`, `zeros`, `ones`, `fill`, `eye`, `range` and every draw of a `Random`. Typed arrays that a layer
 * makes by itself are not: make the variable first, whose size they follow.
 *
 * @throws what `build` and `refuse` throw.
 */
export function withinAllowance<T>(allowance: Allowance, build: () => T): T {
  const before = running;
  running = { allowance, spent: { variables: 0, variableNumbers: 0, numbers: 0 } };
  try {
    return build();
  } finally {
    running = before;
  }
}

/** Counts numbers that are about to be made from nothing. */
export function spend(numbers: number, of: Limited = "numbers"): void {
  if (running === undefined) return;
  const { allowance, spent } = running;
  spent[of] += numbers;
  // Not by ">", which NaN passes.
  if (!(spent[of] <= allowance[of])) allowance.refuse(names[of], allowance[of]);
}

/**
 * A variable of a known shape, float32, that starts with the values of `initial`. Layers make theirs by it, because it lets them load
 * quickly and safely: see `withinAllowance`.
 *
 * @param trainable false for state that is saved but not trained
 * @throws ShapeError where the initial values have another shape.
 */
export function newVariable(shape: Shape, initial: () => Tensor, trainable = true): Variable {
  return newVariables({ value: shape }, () => ({ value: initial() }), trainable).value;
}

/** The same for several variables whose initial values are computed together. */
export function newVariables<Name extends string>(
  shapes: Readonly<Record<Name, Shape>>,
  initial: () => Readonly<Record<Name, Tensor>>,
  trainable = true,
): Record<Name, Variable> {
  const entries = Object.entries(shapes) as [Name, Shape][];
  return tf.tidy((): never => {
    const values = running === undefined ? initial() : undefined;
    const made = entries.map(([name, shape]) => {
      if (values === undefined) spendVariable(shape);
      const value = values === undefined ? tf.zeros([...shape]) : values[name];
      checkShape(name, shape, value.shape);
      return [name, tf.variable(value, trainable)];
    });
    return Object.fromEntries(made) as never; // What `tidy` takes is known to it by structure only.
  });
}

function checkShape(name: string, expected: Shape, received: Shape): void {
  if (received.length !== expected.length || received.some((size, axis) => size !== expected[axis]))
    throw new ShapeError(
      `newVariable ${name}: expected [${expected.join(", ")}], received [${received.join(", ")}]`,
    );
}

export function spendVariable(shape: Shape): void {
  spend(1, "variables");
  spend(sizeOf(shape), "variableNumbers");
}
