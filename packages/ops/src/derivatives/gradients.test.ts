import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { conv2d } from "../operators/conv2d.ts";
import { exp, tanh } from "../functions/elementary.ts";
import { gradients, jacobianRows, stopGradient, valueAndGradients, withoutGradient } from "./gradients.ts";
import { createRandom } from "../random/create-random.ts";
import type { Tensor } from "../tensors/types.ts";

/** A variable whose initial value is freed at once. */
const variable = (value: number | number[] | number[][]) => tf.tidy(() => tf.variable(tf.tensor(value)));
const numbers = async (t: Tensor) => [...(await t.data())];

/** Runs f and expects as many tensors afterwards as before. */
async function withoutLeaks(f: () => void | Promise<void>): Promise<void> {
  const before = tf.memory().numTensors;
  await f();
  expect(tf.memory().numTensors).toBe(before);
}

describe.each(["cpu", "wasm"] as const)("on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  describe("stopGradient and withoutGradient", () => {
    it("are constants to a gradient, whatever variables they use", async () => {
      await withoutLeaks(async () => {
        const x = tf.tensor1d([0.5, -2]);
        // d/dx (x * stop(x^2)) = x^2, not 3 x^2.
        const [slope] = gradients(
          (at) =>
            tf.mul(
              at!,
              withoutGradient(() => tf.square(at!)),
            ),
          [x],
        ) as [Tensor];
        expect(await numbers(slope)).toEqual([0.25, 4]);
        const [other] = gradients((at) => tf.mul(at!, stopGradient(at!)), [x]) as [Tensor];
        expect(await numbers(other)).toEqual([0.5, -2]);
        tf.dispose([x, slope, other]);
      });
    });

    it("are constants at second order too", async () => {
      const x = tf.tensor1d([0.5, -2]);
      // g(x) = x^3 stop(x) has g'' = 6 x * x.
      const first = (at: Tensor) =>
        gradients((p) => tf.mul(tf.mul(p!, tf.square(p!)), stopGradient(p!)), [at])[0]!;
      const [second] = gradients((at) => first(at!), [x]) as [Tensor];
      expect(await numbers(second)).toEqual([1.5, 24]);
      tf.dispose([x, second]);
    });

    it("give zeros when nothing else depends on x", async () => {
      const x = tf.tensor1d([1, 2]);
      const [slope] = gradients((at) => withoutGradient(() => exp(at!)), [x]) as [Tensor];
      expect(await numbers(slope)).toEqual([0, 0]);
      tf.dispose([x, slope]);
    });

    it("keep nothing for the backward pass: memory does not depend on the length of the computation", () => {
      const x = variable([1, 1, 1]);
      const kept: number[] = [];
      const grow = (steps: number) => () => {
        let y: Tensor = x;
        for (let i = 0; i < steps; i++) y = tanh(y);
        return y;
      };
      const count = (f: () => Tensor) => {
        const result = valueAndGradients(() => {
          const before = tf.memory().numTensors;
          const y = f();
          kept.push(tf.memory().numTensors - before);
          return tf.sum(tf.mul(y, x));
        }, [x]);
        tf.dispose([result.value, result.gradients] as tf.TensorContainer);
      };
      count(() => withoutGradient(grow(3)));
      count(() => withoutGradient(grow(100)));
      count(() => tf.tidy(grow(100)));
      expect(kept.slice(0, 2)).toEqual([1, 1]);
      expect(kept[2]).toBeGreaterThan(100);
      x.dispose();
    });

    it("return several tensors, and free the others", async () => {
      await withoutLeaks(async () => {
        const x = tf.tensor1d([1, 2]);
        const { twice, list } = withoutGradient(() => ({
          twice: tf.mul(x, 2),
          list: [tf.neg(tf.add(x, 1))],
        }));
        expect([await numbers(twice), await numbers(list[0]!)]).toEqual([
          [2, 4],
          [-2, -3],
        ]);
        tf.dispose([x, twice, list] as tf.TensorContainer);
      });
    });

    it("may take gradients inside, also inside of a gradient", async () => {
      await withoutLeaks(async () => {
        const x = tf.tensor1d([2, 3]);
        const [slope] = gradients(
          (at) =>
            tf.mul(
              at!,
              withoutGradient(() => gradients((p) => tf.square(p!), [at!])[0]!),
            ),
          [x],
        ) as [Tensor];
        expect(await numbers(slope)).toEqual([4, 6]);
        tf.dispose([x, slope]);
      });
    });

    it("leave the tape as it was when f throws", async () => {
      await withoutLeaks(async () => {
        const x = tf.tensor1d([2]);
        const [slope] = gradients(
          (at) => {
            const before = tf.square(at!);
            expect(() =>
              withoutGradient(() => {
                exp(at!);
                throw new Error("inside");
              }),
            ).toThrow("inside");
            return tf.mul(before, at!);
          },
          [x],
        ) as [Tensor];
        expect(await numbers(slope)).toEqual([12]);
        tf.dispose([x, slope]);
      });
    });

    it("reject asynchronous functions", () => {
      expect(() => withoutGradient((() => Promise.resolve(1)) as never)).toThrow(
        /withoutGradient: expected a function that returns tensors/,
      );
    });

    it("give the Neumann gradient: terms off the tape, one product on it", async () => {
      // s = <v, W u>, u = W v off the tape: ds/dW = v u^T alone.
      const w = variable([
        [0.1, 0.2],
        [0.3, 0.4],
      ]);
      const v = tf.tensor2d([[1, -1]]);
      const result = valueAndGradients(() => {
        const u = withoutGradient(() => tf.matMul(v, w));
        return tf.sum(tf.mul(tf.matMul(u, w), v));
      }, [w]);
      const u = [0.1 - 0.3, 0.2 - 0.4];
      const expected = [u[0]!, -u[0]!, u[1]!, -u[1]!];
      (await numbers(result.gradients[0]!)).forEach((g, i) => expect(g).toBeCloseTo(expected[i]!, 6));
      tf.dispose([w, v, result.value, result.gradients] as tf.TensorContainer);
    });
  });

  describe("valueAndGradients", () => {
    it("gives the value, the gradients in order, and zeros for variables that do not matter", async () => {
      await withoutLeaks(async () => {
        const [a, b, unused] = [
          variable(2),
          variable([1, 3]),
          variable([
            [1, 1],
            [1, 1],
          ]),
        ];
        const { value, gradients: slopes } = valueAndGradients(
          () => tf.sum(tf.mul(a, tf.square(b))),
          [b, unused, a],
        );
        expect(await numbers(value)).toEqual([20]);
        expect(await Promise.all(slopes.map(numbers))).toEqual([[4, 12], [0, 0, 0, 0], [10]]);
        tf.dispose([a, b, unused, value, slopes] as tf.TensorContainer);
      });
    });

    it("leaves nothing behind when f throws, or returns no scalar, or a gradient is missing", async () => {
      await withoutLeaks(() => {
        const x = variable([1, 1]);
        const failing = () => {
          tanh(exp(x));
          throw new Error("inside");
        };
        expect(() => valueAndGradients(failing, [x])).toThrow("inside");
        expect(() => valueAndGradients(() => exp(x), [x])).toThrow(
          /expected f\(\) to be a scalar, received \[2\]/,
        );
        expect(() => valueAndGradients(() => tf.sum(tf.cumprod(exp(x))), [x])).toThrow(/Cumprod/i);
        x.dispose();
      });
    });
  });

  it("gradients takes dy and several inputs, and does not confuse perturbations", async () => {
    await withoutLeaks(async () => {
      const [x, dy] = [tf.tensor1d([1, 2]), tf.tensor1d([10, 100])];
      const slopes = gradients((a, b) => tf.mul(a!, tf.square(b!)), [x, x], dy);
      expect(await Promise.all(slopes.map(numbers))).toEqual([
        [10, 400],
        [20, 800],
      ]);
      // d/dx [x d/dy (x + y) at y = x] = 1; an inner derivative that saw the outer x would give 2.
      const [confusing] = gradients(
        (at) => tf.mul(at!, gradients((p) => tf.add(at!, p!), [at!])[0]!),
        [x],
      ) as [Tensor];
      expect(await numbers(confusing)).toEqual([1, 1]);
      tf.dispose([x, dy, slopes, confusing] as tf.TensorContainer);
    });
  });

  it("jacobianRows gives the Jacobian of every row, of any shape", async () => {
    await withoutLeaks(async () => {
      const x = tf.tensor2d([
        [1, 2],
        [3, 4],
      ]);
      const jacobian = jacobianRows((at) => {
        const [a, b] = tf.split(at, 2, 1) as [Tensor, Tensor];
        return tf.concat([tf.mul(a, b), tf.square(a), b], 1);
      }, x);
      expect(jacobian.shape).toEqual([2, 3, 2]);
      expect(await numbers(jacobian)).toEqual([2, 1, 2, 0, 0, 1, 4, 3, 6, 0, 0, 1]);
      tf.dispose([x, jacobian]);

      // The Jacobian of a convolution is its matrix, whose transpose is that of the adjoint.
      const random = createRandom(3);
      const [images, kernel] = [random.fold(0).normal([1, 3, 2, 2]), random.fold(1).normal([3, 3, 2, 3])];
      const operator = conv2d(kernel, { inputShape: [3, 2, 2] });
      const matrices = tf.tidy(() => {
        const y = operator.apply(images);
        return [
          jacobianRows(operator.apply, images),
          tf.transpose(jacobianRows(operator.adjoint, y), [0, 2, 1]),
        ];
      }) as [Tensor, Tensor];
      const [forward, backward] = await Promise.all(matrices.map(numbers));
      expect(matrices[0].shape).toEqual([1, 18, 12]);
      forward!.forEach((entry, i) => expect(backward![i]).toBeCloseTo(entry, 6));
      tf.dispose([images, kernel, matrices] as tf.TensorContainer);
    });
  });
});
