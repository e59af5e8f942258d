import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Activation, ActivationName } from "./activation.ts";
import { activation, activationNames } from "./activations.ts";
import { startBackend } from "../backend/index.ts";
import { lipSwish, lipSwishDerivative } from "./lip-swish.ts";
import { createRandom } from "../random/create-random.ts";
import { describeGolden, expectGolden } from "../../test-support/golden.ts";
import type { Tensor } from "../tensors/types.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const swish = (x: number) => x * sigmoid(x);
const swishSlope = (x: number) => sigmoid(x) * (1 + x * (1 - sigmoid(x)));
const clamp = (x: number) => Math.min(Math.max(x, -1), 1);
const beta = Math.log1p(Math.exp(0.5));

const pila = (x: number) => (x < 0 ? Math.exp(5 * x) * (12.5 * x ** 3 - 5 * x ** 2 + x) : x);
const pilaSlope = (x: number) => (x < 0 ? Math.exp(5 * x) * (62.5 * x ** 3 + 12.5 * x ** 2 - 5 * x + 1) : 1);

/** phi and phi' in float64. For a pair it is the first half f(x); the second is f(-x). */
const references: Record<ActivationName, [(x: number) => number, (x: number) => number]> = {
  relu: [(x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)],
  leakyRelu: [(x) => (x > 0 ? x : 0.01 * x), (x) => (x > 0 ? 1 : 0.01)],
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), (x) => Math.exp(Math.min(x, 0))],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), sigmoid],
  tanh: [Math.tanh, (x) => 1 / Math.cosh(x) ** 2],
  sigmoid: [sigmoid, (x) => sigmoid(x) * sigmoid(-x)],
  exp: [Math.exp, Math.exp],
  sin: [Math.sin, Math.cos],
  swish: [swish, swishSlope],
  lipSwish: [(x) => swish(beta * x) / (1.1 * beta), (x) => swishSlope(beta * x) / 1.1],
  lipschitzCube: [(x) => clamp(x) ** 3 / 3 + x - clamp(x), (x) => clamp(x) ** 2],
  pila: [pila, pilaSlope],
  cLipSwish: [(x) => swish(beta * x) / (1.1 * beta * 1.004), (x) => swishSlope(beta * x) / (1.1 * 1.004)],
  cPila: [(x) => pila(x - 0.2) / 1.06, (x) => pilaSlope(x - 0.2) / 1.06],
  identity: [(x) => x, () => 1],
};

async function evaluate(
  f: (x: Tensor) => Tensor,
  x: readonly number[] | Float32Array,
): Promise<Float32Array> {
  const y = tf.tidy(() => f(tf.tensor1d(x as number[])));
  return y.data<"float32">().finally(() => y.dispose());
}

const dispose = ({ parameters }: Activation) => Object.values(parameters).forEach((p) => p.dispose());

describe.each(["cpu", "wasm"] as const)("on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  describeGolden<{ x: number[]; beta_raw?: number }, { y: number[]; dy: number[] }>(
    "activations",
    async ({ case: name, inputs: { x, beta_raw: raw }, expected, tolerance }) => {
      const functions: Record<string, [(x: Tensor) => Tensor, (x: Tensor) => Tensor]> = {
        LipSwish: [(t) => lipSwish(t, tf.scalar(raw!)), (t) => lipSwishDerivative(t, tf.scalar(raw!))],
        elu: [activation("elu").value, activation("elu").derivative],
        lipschitz_cube: [activation("lipschitzCube").value, activation("lipschitzCube").derivative],
      };
      const [value, derivative] = functions[/^\w+/.exec(name)![0]]!;
      expectGolden(await evaluate(value, x), expected.y, tolerance);
      expectGolden(await evaluate(derivative, x), expected.dy, tolerance);
    },
  );

  // 0, both sides of every kink, tails, sizes that are no multiple of a vector of four.
  const grid = Float32Array.from({ length: 2403 }, (_, i) => (i - 1201) / 60);

  it.each(activationNames)("%s and its derivative agree with float64 on [-20, 20]", async (name) => {
    const phi = activation(name);
    const [value, derivative] = references[name];
    for (const [got, reference, sign] of [
      [await evaluate(phi.value, grid), value, 1],
      [await evaluate(phi.derivative, grid), derivative, -1],
    ] as const)
      got.forEach((y, i) => {
        const x = grid[i % grid.length]!;
        const expected = i < grid.length ? reference(x) : sign * reference(-x);
        // A few float32 roundings of intermediate results no larger than the result or 1.
        expect(Math.abs(y - expected), `${name} at ${x}`).toBeLessThan(
          6e-7 * Math.max(1, Math.abs(expected)),
        );
      });
    dispose(phi);
  });

  // A layer must not change its result when somebody asks for its Jacobian.
  it.each(activationNames)("%s linearised has the bits of its value and of its derivative", async (name) => {
    const phi = activation(name);
    const hard = [NaN, Infinity, -Infinity, 1e30, -1e30, 1e4, -1e4, 88, -88, -104, 0, -0, 1e-40];
    for (const x of [Float32Array.from([...grid, ...hard]), [1], [1, NaN], []]) {
      expect(await evaluate((t) => tf.clone(phi.linearise(t).value), x)).toEqual(
        await evaluate(phi.value, x),
      );
      if (phi.expansion === 2) continue;
      const slope = await evaluate((t) => phi.linearise(t).jvp(tf.onesLike(t)), x);
      expect(slope).toEqual(await evaluate(phi.derivative, x));
    }
    dispose(phi);
  });

  it.each(activationNames)("%s has the Lipschitz constant it claims, and no smaller one", async (name) => {
    const phi = activation(name);
    const slopes = await evaluate(phi.derivative, grid);
    const largest = grid.reduce((sofar, _, i) => {
      const pair = phi.expansion === 2 ? slopes[i + grid.length]! : 0;
      return Math.max(sofar, Math.hypot(slopes[i]!, pair));
    }, 0);
    expect(slopes.length).toBe(phi.expansion * grid.length);
    if (name === "exp") expect(phi.lipschitz).toBe(Infinity);
    else {
      expect(largest).toBeLessThanOrEqual(phi.lipschitz * (1 + 1e-6));
      expect(largest).toBeGreaterThan(phi.lipschitz * (1 - 1e-4));
    }
    dispose(phi);
  });

  it.each(activationNames)("%s is finite at large finite inputs", async (name) => {
    const phi = activation(name);
    const x = [-1e4, -100, -88, 88, 100, 1e4].filter((v) => name !== "exp" || v <= 88);
    for (const y of [await evaluate(phi.value, x), await evaluate(phi.derivative, x)])
      expect([...y].every(Number.isFinite), `${name}: ${y.join()}`).toBe(true);
    dispose(phi);
  });

  it.each(activationNames)("%s does not hide NaN", async (name) => {
    const phi = activation(name);
    const hidden = [true, false, false, false, false, true];
    expect([...(await evaluate(phi.value, [NaN, 1, 2, 3, 4, NaN]))].map(Number.isNaN)).toEqual(
      phi.expansion === 2 ? [...hidden, ...hidden] : hidden,
    );
    dispose(phi);
  });

  it.each(activationNames)(
    "%s linearised gives its value, and J v and J' w of stacked copies",
    async (name) => {
      const before = tf.memory().numTensors;
      const phi = activation(name);
      const random = createRandom(3);
      const x = random.fold("x").normal([2, 3, 5]);
      const wide = [2, 3, 5 * phi.expansion];
      const v = random.fold("v").normal([6, 3, 5]);
      const w = random.fold("w").normal([6, ...wide.slice(1)]);
      const [at, value, slopes, ...products] = tf.tidy(() => {
        const at = phi.linearise(x);
        const part = (t: Tensor, s: number) => tf.slice(t, [2 * s], [2]);
        const all = [0, 1, 2].flatMap((s) => {
          const twice = phi.expansion === 2 ? tf.concat([part(v, s), part(v, s)], -1) : part(v, s);
          return [twice, at.jvp(part(v, s)), at.vjp(part(w, s))];
        });
        return [at.value, phi.value(x), phi.derivative(x), at.jvp(v), at.vjp(w), ...all];
      }) as [Tensor, Tensor, Tensor, ...Tensor[]];
      const data = (t: Tensor) => t.data<"float32">();
      expect(at.shape).toEqual(wide);
      expect(await data(at)).toEqual(await data(value));
      const [jvp, vjp, ...parts] = await Promise.all(products.map(data));
      const slope = await data(slopes);
      const cotangents = await data(w);
      for (const s of [0, 1, 2]) {
        const [twice, forward, backward] = parts.slice(3 * s, 3 * s + 3) as Float32Array[];
        const [n, m] = [forward!.length, backward!.length];
        // Stacked copies and single ones give the same bits.
        expect(jvp!.slice(s * n, (s + 1) * n)).toEqual(forward);
        expect(vjp!.slice(s * m, (s + 1) * m)).toEqual(backward);
        forward!.forEach((p, i) => expect(p).toBeCloseTo(slope[i]! * twice![i]!, 6));
        // <w, J v> = <J' w, v>
        const inner = (a: Float32Array, b: Float32Array) => a.reduce((sum, p, i) => sum + p * b[i]!, 0);
        const own = (await data(v)).slice(s * m, (s + 1) * m);
        expect(inner(cotangents.slice(s * n, (s + 1) * n), forward!)).toBeCloseTo(inner(backward!, own), 4);
      }
      tf.dispose([x, v, w, at, value, slopes, ...products]);
      dispose(phi);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it("linearised activations name what does not fit, and take an empty batch", () => {
    tf.tidy(() => {
      const { jvp, vjp } = activation("elu").linearise(tf.zeros([2, 3]));
      expect(() => jvp(tf.zeros([3, 3]))).toThrow("elu.jvp: expected [S * 2, 3], received [3, 3]");
      expect(() => vjp(tf.zeros([2, 4]))).toThrow("elu.vjp: expected [S * 2, 3], received [2, 4]");
      expect(() => vjp(tf.zeros([6]))).toThrow("elu.vjp: expected [S * 2, 3], received [6]");
      for (const name of ["relu", "cPila"] as const) {
        const empty = activation(name).linearise(tf.zeros([0, 3]));
        expect(empty.jvp(tf.zeros([0, 3])).shape).toEqual(empty.value.shape);
        expect(empty.vjp(empty.value).shape).toEqual([0, 3]);
      }
    });
  });

  it("cLipSwish has Euclidean Lipschitz constant 1 in float64, for every beta", () => {
    // phi'(x) depends on beta x alone, so one beta covers all.
    let largest = 0;
    for (let x = -30; x <= 30; x += 1e-4)
      largest = Math.max(largest, Math.hypot(swishSlope(x), swishSlope(-x)) / (1.1 * 1.004));
    const { lipschitz, parameters } = activation("cLipSwish");
    expect(largest).toBeLessThanOrEqual(lipschitz);
    expect(largest).toBeGreaterThan(lipschitz - 1e-8);
    expect(lipschitz).toBeLessThan(1);
    tf.dispose(Object.values(parameters));
  });

  it("no activation leaves tensors behind, and lipSwish adds one parameter", () => {
    const before = tf.memory().numTensors;
    const [first, second] = [activation("lipSwish"), activation("lipSwish")];
    expect(first.parameters["betaRaw"]).not.toBe(second.parameters["betaRaw"]);
    expect(tf.memory().numTensors).toBe(before + 2);
    [first, second].forEach(dispose);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it("names the known activations when given an unknown one", () => {
  expect(() => activation("gelu" as ActivationName)).toThrow(
    /activation: expected one of relu, .*, received "gelu"/,
  );
});
