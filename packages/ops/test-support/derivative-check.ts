import * as tf from "@tensorflow/tfjs";
import { expect } from "vitest";
import { gradients } from "../src/derivatives/gradients.ts";
import { sizeOf } from "../src/tensors/size-of.ts";
import type { Tensor } from "../src/tensors/types.ts";

/** An input of an operation under test: its shape, and the interval its entries are drawn from. */
export interface Input {
  readonly shape: readonly number[];
  readonly low: number;
  readonly high: number;
}

/** f in float64, on flat arrays in the order of the inputs. */
export type Reference = (...xs: readonly (readonly number[])[]) => number[];

export interface DerivativeCase {
  readonly name: string;
  readonly f: (...xs: Tensor[]) => Tensor;
  readonly inputs: readonly Input[];
  /** Absent for maps that are linear in each input: their float64 values follow from f at unit vectors, on cpu. */
  readonly reference?: Reference;
}

/**
 * Compares the value and the first three derivatives of g = sum_k w_k (f_k^3 / 3 + f_k) by reverse mode with float64 differences of the reference:
 * grad g, grad <v, grad g>, grad <v, grad <v, grad g>>. The cube gives linear f a second and third derivative, and every
 * f two paths to its input, which is where TensorFlow.js's own second derivatives go wrong without an error.
 */
export async function checkDerivatives(
  { name, f, inputs, reference }: DerivativeCase,
  tolerance = 2e-5,
): Promise<void> {
  const numbers = generator(name);
  const values = inputs.map(({ shape, low, high }) =>
    Array.from({ length: sizeOf(shape) }, () => Math.fround(low + (high - low) * numbers())),
  );
  const direction = values.map((x) => x.map(() => Math.fround(2 * numbers() - 1)));
  const inFloat64 = reference ?? (await multilinear(f, inputs));
  const weights = inFloat64(...values).map(() => Math.fround(2 * numbers() - 1));

  const before = tf.memory().numTensors;
  const tensors = (from: number[][]) => from.map((x, i) => tf.tensor(x, [...inputs[i]!.shape], "float32"));
  const [xs, vs, w] = [tensors(values), tensors(direction), tf.tensor1d(weights)];
  const counted = tf.memory().numTensors;
  const bare = f(...xs);
  expect(tf.memory().numTensors - counted, `${name}: tensors made by one call`).toBe(1);
  tf.dispose(bare);
  const objective = (...at: Tensor[]) => {
    const y = tf.reshape(f(...at), [-1]);
    return tf.sum(tf.mul(w, tf.add(tf.div(tf.mul(y, tf.mul(y, y)), 3), y)));
  };
  const along =
    (g: (...at: Tensor[]) => Tensor) =>
    (...at: Tensor[]) =>
      tf.addN(gradients(g, at).map((slope, i) => tf.sum(tf.mul(slope, vs[i]!))));
  const orders = [objective, along(objective), along(along(objective))].map((g) => gradients(g, xs));
  const computed = [[tf.tidy(() => objective(...xs))], ...orders];
  const got = await Promise.all(computed.map((order) => Promise.all(order.map((t) => t.data()))));
  tf.dispose([xs, vs, w, computed] as tf.TensorContainer);
  expect(tf.memory().numTensors, `${name}: tensors left over`).toBe(before);

  const objective64 = (at: readonly number[][]) =>
    inFloat64(...at).reduce((total, y, k) => total + weights[k]! * (y ** 3 / 3 + y), 0);
  for (const order of [0, 1, 2, 3]) {
    const expected =
      order === 0 ? [objective64(values)] : differences(objective64, values, direction, order).flat();
    const received = got[order]!.flatMap((part) => [...part]);
    const scale = Math.max(1, ...expected.map(Math.abs));
    const error = Math.max(...expected.map((e, i) => Math.abs(e - received[i]!))) / scale;
    // Default: float32 rounding of sums of up to a few hundred terms, passed through up to three reverse passes. A
    // missing term shows as an error of order 0.1.
    expect(
      error,
      `${name}: order ${order}: expected ${expected.join()}, received ${received.join()}`,
    ).toBeLessThan(tolerance);
  }
}

/** d/dx_i of the (order - 1)-th derivative of g along v, by central differences with two Richardson steps. */
function differences(
  g: (at: readonly number[][]) => number,
  xs: number[][],
  v: number[][],
  order: number,
): number[][] {
  const moved = (i: number, j: number, step: number, along: number) =>
    xs.map((x, m) => x.map((value, n) => value + along * v[m]![n]! + (m === i && n === j ? step : 0)));
  const alongV = [
    (at: (t: number) => number) => at(0),
    (at: (t: number) => number, h: number) => (at(h) - at(-h)) / (2 * h),
    (at: (t: number) => number, h: number) => (at(h) - 2 * at(0) + at(-h)) / h ** 2,
  ][order - 1]!;
  const step = [1e-3, 4e-3, 8e-3][order - 1]!;
  return xs.map((x, i) =>
    x.map((_, j) => {
      const central = (h: number) =>
        (alongV((t) => g(moved(i, j, h, t)), h) - alongV((t) => g(moved(i, j, -h, t)), h)) / (2 * h);
      const [a, b, c] = [central(step), central(step / 2), central(step / 4)];
      const [ab, bc] = [(4 * b - a) / 3, (4 * c - b) / 3]; // the errors are even powers of h
      return (16 * bc - ab) / 15;
    }),
  );
}

/** The float64 values of a map that is linear in each of its one or two inputs; from the cpu backend. */
async function multilinear(f: (...xs: Tensor[]) => Tensor, inputs: readonly Input[]): Promise<Reference> {
  const units = inputs.map(({ shape }) => sizeOf(shape));
  const unit = (i: number, n: number) =>
    tf.tensor(
      Float32Array.from({ length: units[i]! }, (_, j) => (j === n ? 1 : 0)),
      [...inputs[i]!.shape],
    );
  const backend = tf.getBackend();
  await tf.setBackend("cpu");
  const columns: Promise<Float32Array>[] = [];
  for (let a = 0; a < units[0]!; a++)
    for (let b = 0; b < (units[1] ?? 1); b++) {
      const y = tf.tidy(() => tf.reshape(units.length > 1 ? f(unit(0, a), unit(1, b)) : f(unit(0, a)), [-1]));
      columns.push(y.data<"float32">().finally(() => y.dispose()));
    }
  const table = await Promise.all(columns);
  await tf.setBackend(backend);
  const second = units[1] ?? 1;
  // The few that are not zero, as [first unit, second unit, output, value].
  const entries = table.flatMap((column, unit) =>
    Array.from(column, (value, k) => [Math.floor(unit / second), unit % second, k, value] as const).filter(
      ([, , , value]) => value !== 0,
    ),
  );
  return (x, z = [1]) => {
    const y = new Array<number>(table[0]!.length).fill(0);
    for (const [a, b, k, value] of entries) y[k]! += value * x[a]! * z[b]!;
    return y;
  };
}

/** Numbers in [0, 1) that depend on the name alone (mulberry32). */
function generator(name: string): () => number {
  let state = [...name].reduce((hash, character) => (Math.imul(hash, 31) + character.charCodeAt(0)) | 0, 7);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
