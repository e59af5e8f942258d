/**
 * The optimiser's share of a step, beside tf.train.adam, which works variable by variable. Ours includes the gradient's
 * norm and clipping; theirs is measured without and with.
 */
// eslint-disable-next-line no-restricted-imports -- what is compared with
import * as tf from "@tensorflow/tfjs";
import { bench, describe } from "vitest";
import {
  createRandom,
  dispose,
  div,
  keep,
  minimum,
  mul,
  scalar,
  sqrt,
  square,
  sum,
  tidy,
  variable,
  zeros,
} from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam } from "./adam.ts";
import { parameterLayout } from "./parameter-layout.ts";

await startBackend("wasm");
/** The time to measure: long enough for the fastest call to be undisturbed on a busy machine. */
const duration = { time: 4000 };

/** The shapes of a block's parameters, repeated for every block. */
const models: Record<string, { block: number[][]; blocks: number }> = {
  "2-D: 10 blocks of 2-64-64-64-2, 100 tensors, 86k": {
    block: [[2], [2], [2, 64], [64], [64, 64], [64], [64, 64], [64], [64, 2], [2]],
    blocks: 10,
  },
  "images: 24 steps of 128 wide, 192 tensors, 1.3M": {
    block: [[16], [16], [3, 3, 8, 128], [128], [1, 1, 128, 128], [128], [3, 3, 128, 24], [24]],
    blocks: 24,
  },
};

for (const [name, { block, blocks }] of Object.entries(models)) {
  const random = createRandom(1);
  const shapes = Array.from({ length: blocks }, () => block).flat();
  const variables: Record<string, Variable> = {};
  shapes.forEach(
    (shape, i) =>
      (variables[String(i).padStart(4, "0")] = tidy(() => variable(random.fold(i).normal(shape)))),
  );
  const gradients = shapes.map((shape, i) => random.fold(1000 + i).normal(shape));
  const layout = parameterLayout(variables);
  const optimizer = adam();
  let vectors = tidy(() => ({
    parameters: keep(layout.flatten(layout.variables)) as Tensor,
    slots: [keep(zeros([layout.size])), keep(zeros([layout.size]))] as Tensor[],
  }));
  let step = 0;

  const theirs = tf.train.adam(1e-3);
  const named = layout.variables.map((v, i) => ({ name: v.name, tensor: gradients[i]! }));

  describe(name, () => {
    bench(
      "adam on one flat vector, with norm and clipping",
      () => {
        const next = tidy(() => {
          const flat = layout.flatten(gradients);
          const gradient = mul(flat, minimum(1, div(1, sqrt(sum(square(flat))))));
          const { parameters, slots } = optimizer.update({
            ...vectors,
            gradient,
            scalars: Object.fromEntries(
              Object.entries(optimizer.scalars(++step, 1e-3)).map(([name, value]) => [name, scalar(value)]),
            ),
          });
          return { parameters, slots: [...slots] };
        });
        dispose([vectors.parameters, ...vectors.slots]);
        vectors = next;
        tidy(() => layout.assign(vectors.parameters));
      },
      duration,
    );
    bench("tf.train.adam, no clipping", () => theirs.applyGradients(named), duration);
    bench(
      "tf.train.adam, clipping by global norm",
      () => {
        tidy(() => {
          const norm = sqrt(tf.addN(gradients.map((g) => sum(square(g)))));
          const scale = minimum(1, div(1, norm));
          theirs.applyGradients(named.map((entry) => ({ ...entry, tensor: mul(entry.tensor, scale) })));
        });
      },
      duration,
    );
  });
}
