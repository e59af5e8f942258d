import { chain, defineBijection } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createFlow, diagonalNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import {
  add,
  concat,
  exp,
  matMul,
  mul,
  reshape,
  slice,
  sub,
  sum,
  tanh,
  tidy,
  variable,
  zeros,
  createRandom,
} from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import type { ExampleSet } from "../src/data/example-set.ts";

/** RealNVP in two dimensions with one hidden layer: y_b = x_b exp(tanh s(x_a)) + t(x_a), the rest passes. */
function smallCoupling({ passes, random }: { passes: 0 | 1; random: Random }): Bijection {
  const hidden = 32;
  const parameters = tidy(() => ({
    inWeight: variable(random.fold("in").normal([1, hidden])),
    inShift: variable(random.fold("shift").normal([hidden])),
    outWeight: variable(mul(random.fold("out").normal([hidden, 2]), 0.01)),
    outShift: variable(zeros([2])),
  }));
  const column = (x: Tensor, i: number) => slice(x, [0, i], [x.shape[0]!, 1]);
  const parts = (passed: Tensor) => {
    const h = tanh(add(matMul(passed, parameters.inWeight), parameters.inShift));
    const out = add(matMul(h, parameters.outWeight), parameters.outShift);
    return { s: mul(tanh(column(out, 0)), 2), t: column(out, 1) };
  };
  const join = (passed: Tensor, other: Tensor) => concat(passes === 0 ? [passed, other] : [other, passed], 1);
  return defineBijection({
    name: "smallCoupling",
    inputShape: [2],
    outputShape: [2],
    parameters,
    config: { passes },
    forward(x) {
      const { s, t } = parts(column(x, passes));
      const y = join(column(x, passes), add(mul(column(x, 1 - passes), exp(s)), t));
      return { y, logDet: () => reshape(s, [x.shape[0]!]) };
    },
    inverse(y) {
      const { s, t } = parts(column(y, passes));
      const x = join(column(y, passes), mul(sub(column(y, 1 - passes), t), exp(mul(s, -1))));
      return { x, logDet: () => mul(sum(s, 1), -1) };
    },
  });
}

/** A 2-D flow that trains in milliseconds a step. */
export function smallFlow({ seed = 1, couplings = 4 }: { seed?: number; couplings?: number } = {}): Flow {
  const random = createRandom(seed);
  const layers = [actNorm({ inputShape: [2] })];
  for (let i = 0; i < couplings; i++)
    layers.push(smallCoupling({ passes: (i % 2) as 0 | 1, random: random.fold(i) }));
  const bijection = chain(layers);
  return createFlow({ bijection, base: diagonalNormal({ shape: [2] }) });
}

/** Two Gaussians of standard deviation 0.5 at (-2, 0) and (2, 0): entropy ln 2 + 1 + ln(2 pi 0.25), overlap aside. */
export function twoGaussians(count: number, seed: number): ExampleSet {
  const random = createRandom(seed);
  const values = random.fold("noise").normalArray(2 * count);
  const sides = random.fold("side").integers(count, 0, 2);
  for (let i = 0; i < count; i++) {
    values[2 * i] = 0.5 * values[2 * i]! + (sides[i] === 0 ? -2 : 2);
    values[2 * i + 1] = 0.5 * values[2 * i + 1]!;
  }
  return { values, shape: [2], count };
}

export const twoGaussiansEntropy = Math.log(2) + 1 + Math.log(2 * Math.PI * 0.25);

/** Every parameter and state variable, bit for bit. */
export async function bitsOf(flow: Flow): Promise<Record<string, number[]>> {
  const bits: Record<string, number[]> = {};
  for (const [name, variable] of Object.entries({ ...flow.parameters, ...flow.state }))
    bits[name] = [...new Uint32Array((await variable.data()).slice().buffer)];
  return bits;
}
