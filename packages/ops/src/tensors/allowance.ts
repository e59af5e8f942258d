import * as tf from "@tensorflow/tfjs-core";
import { ShapeError } from "@invertible/errors";
import { sizeOf } from "./size-of.ts";
import type { Shape, Tensor, Variable } from "./types.ts";

/** How much a build from an untrusted description may make. The limits hold for all its layers together. */
export interface Allowance {
  /** The largest number of variables. */
  readonly variables: number;
  /** The largest total of numbers in all variables. */
  readonly variableNumbers: number;
  /** The largest total of numbers in tensors that are made from nothing, such as zeros, ones and random draws. */
  readonly numbers: number;
  /** Throws the error for a limit that was exceeded. `what` names it: "variables", "numbers in variables" or "numbers made from nothing". */
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
 * Runs a synchronous `build` whose description may come from a hostile file. A tensor that exceeds the allowance is refused before
 * memory is taken for it. Meanwhile `newVariable` fills variables with zeros and computes no initial values, because loading
 * overwrites them.
 *
 * The allowance counts `newVariable`, `variable`, `zeros`, `ones`, `fill`, `eye`, `range` and every draw of a `Random`. It cannot count
 * typed arrays that a layer makes by itself, so a layer should first make the variable whose size they have.
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
 * Makes a float32 variable of a known shape that starts with the values of `initial`. A layer that makes its variables this way loads
 * quickly and safely from a file, because `withinAllowance` can refuse them before they exist.
 *
 * @param trainable Whether optimisers of TensorFlow.js train it. Pass false for state that is saved but not trained.
 * @throws ShapeError where the initial values have another shape.
 */
export function newVariable(shape: Shape, initial: () => Tensor, trainable = true): Variable {
  return newVariables({ value: shape }, () => ({ value: initial() }), trainable).value;
}

/** `newVariable` for several variables whose initial values are computed together. */
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

/** Counts one variable that is about to be made. */
export function spendVariable(shape: Shape): void {
  spend(1, "variables");
  spend(sizeOf(shape), "variableNumbers");
}
