import { add, elu, leakyRelu, matMul, mul, sin, tanh, tensor, zeros } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import type { Rounded } from "../src/branches/stages/rounding.ts";

/** A map of which the rounding is not followed. */
export const unfollowed =
  (g: (x: Tensor) => Tensor) =>
  (x: Tensor): Rounded => ({ value: g(x), rounding: zeros([x.shape[0]!, 1]) });

const activations = { elu, tanh, sin, leakyRelu: (x: Tensor) => leakyRelu(x, 0.5) };

export interface Contraction {
  readonly lipschitz: number;
  readonly g: (x: Tensor) => Tensor;
  /** The same function of one example in float64. */
  readonly g64: (x: readonly number[]) => number[];
}

/** c times a random orthogonal matrix, by Gram-Schmidt in float64, rounded to float32. */
export async function orthogonal64(size: number, scale: number, random: Random): Promise<number[][]> {
  const values = await random.normal([size, size]).data();
  const rows: number[][] = [];
  for (let i = 0; i < size; i++) {
    let row = Array.from(values.slice(i * size, (i + 1) * size));
    for (let pass = 0; pass < 2; pass++)
      for (const other of rows) {
        const c = row.reduce((total, value, t) => total + value * other[t]!, 0);
        row = row.map((value, t) => value - c * other[t]!);
      }
    const length = Math.hypot(...row);
    rows.push(row.map((value) => value / length));
  }
  return rows.map((row) => row.map((value) => Math.fround(scale * value)));
}

const functions64 = {
  elu: (x: number) => (x > 0 ? x : Math.expm1(x)),
  tanh: Math.tanh,
  sin: Math.sin,
  leakyRelu: (x: number) => (x > 0 ? x : 0.5 * x),
};

/** W_n phi(... W_1 x + b_1 ...) + b_n with c-orthogonal W: contracts as slowly as L = c^n allows, up to the slopes of phi. */
export async function orthogonalLayers(options: {
  readonly size: number;
  readonly layers: number;
  readonly activation: keyof typeof activations;
  readonly coefficient: number;
  readonly random: Random;
}): Promise<Contraction> {
  const { size, layers, coefficient, random } = options;
  const phi = activations[options.activation];
  const phi64 = functions64[options.activation];
  const weights64: number[][][] = [];
  const biases64: number[][] = [];
  for (let i = 0; i < layers; i++) {
    weights64.push(await orthogonal64(size, coefficient, random.fold(`weight ${i}`)));
    biases64.push(Array.from(await (mul(random.fold(`bias ${i}`).normal([size]), 0.1) as Tensor).data()));
  }
  const weights = weights64.map((weight) => tensor(weight));
  const biases = biases64.map((bias) => tensor(bias));
  return {
    // A little for the rounding of the weights.
    lipschitz: coefficient ** layers * (1 + 1e-6),
    g: (x) => weights.reduce((h, weight, i) => add(matMul(i > 0 ? phi(h) : h, weight), biases[i]!), x),
    g64: (x) =>
      weights64.reduce<number[]>(
        (h, weight, i) => {
          const input = i > 0 ? h.map(phi64) : h;
          return biases64[i]!.map((bias, c) =>
            input.reduce((total, value, r) => total + value * weight[r]![c]!, bias),
          );
        },
        [...x],
      ),
  };
}

/** x of x + g(x) = y, in float64. */
export function solve64(g: (x: readonly number[]) => number[], y: readonly number[], steps = 3000): number[] {
  let x = [...y];
  for (let n = 0; n < steps; n++) {
    const next = g(x).map((value, i) => y[i]! - value);
    if (next.every((value, i) => value === x[i])) break;
    x = next;
  }
  return x;
}
