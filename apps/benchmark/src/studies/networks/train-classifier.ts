import { initialise, refresh } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import {
  add,
  dispose,
  logSumExp,
  matMul,
  mean,
  newVariable,
  reshape,
  scalar,
  sizeOf,
  sub,
  sum,
  mul,
  tensor,
  tidy,
  valueAndGradients,
  zeros,
} from "@invertible/ops";
import type { Random, Tensor, Variable } from "@invertible/ops";
import { adam } from "@invertible/trainer";
import type { Images } from "../data/load-images.ts";
import { takeTurn } from "../take-turn.ts";

export interface TrainClassifierOptions {
  readonly bijection: Bijection;
  /** Real-valued images with their classes. */
  readonly images: Images;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly random: Random;
  readonly onStep: (step: number, loss: number) => void;
  readonly signal: AbortSignal;
}

/** A head on top of a network: averages the pixels of every channel, then a linear layer. */
export interface Classifier {
  /** How many of the images get another class than theirs, as a fraction. */
  errorRate(images: Images): Promise<number>;
  dispose(): void;
}

const classes = 10;

/**
 * Trains a network as a classifier, as the networks of the published inversion figure were: cross-entropy, by Adam. Unlike training
 * by likelihood, this needs no log-det, so a network whose norms are free can be trained in the same way.
 */
export async function trainClassifier(options: TrainClassifierOptions): Promise<Classifier> {
  const { bijection, images, steps, batchSize, random, onStep, signal } = options;
  const channels = bijection.outputShape.at(-1)!;
  const weight = newVariable([channels, classes], () => zeros([channels, classes]));
  const bias = newVariable([classes], () => zeros([classes]));
  const logits = (x: Tensor) => {
    const y = bijection.forward(x, { training: true });
    const pooled = mean(reshape(y, [y.shape[0]!, sizeOf(y.shape.slice(1, -1)), channels]), 1) as Tensor;
    return add(matMul(pooled, weight), bias);
  };
  const variables = [...Object.values(bijection.parameters), weight, bias];
  const optimizer = adam({ learningRate: options.learningRate });
  const slots = variables.map((v) => optimizer.slots.map(() => zeros(v.shape)));
  try {
    const first = batchOf(
      images,
      Int32Array.from({ length: Math.min(256, images.count) }, (_, i) => i),
    );
    await initialise(bijection, first.x, { random }).finally(() => dispose([first.x, first.labels]));
    for (let step = 1; step <= steps; step++) {
      await takeTurn(signal);
      const rows = random.fold("batch").fold(step).integers(batchSize, 0, images.count);
      const { x, labels } = batchOf(images, rows);
      const { value, gradients } = valueAndGradients(() => crossEntropy(logits(x), labels), variables);
      update(variables, gradients, slots, optimizer, step);
      onStep(step, (await value.data())[0]!);
      dispose([x, labels, value, ...gradients]);
      await refresh(bijection, { iterations: 1 });
    }
    await refresh(bijection, { tolerance: 1e-3 });
  } catch (error) {
    dispose([weight, bias]);
    throw error;
  } finally {
    dispose(slots.flat());
  }
  return {
    async errorRate(tested) {
      const { x, labels } = batchOf(
        tested,
        Int32Array.from({ length: tested.count }, (_, i) => i),
      );
      const scores = tidy(() => logits(x));
      const [given, wanted] = [await scores.data(), await labels.data()];
      dispose([x, labels, scores]);
      let wrong = 0;
      for (let row = 0; row < tested.count; row++) {
        const own = given.slice(row * classes, (row + 1) * classes);
        if (wanted[row * classes + own.indexOf(Math.max(...own))] !== 1) wrong++;
      }
      return wrong / tested.count;
    },
    dispose: () => dispose([weight, bias]),
  };
}

/** Mean over the batch of -log softmax(logits)[label]. */
function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return mean(sub(logSumExp(logits, 1), sum(mul(logits, labels), 1))) as Tensor;
}

function batchOf({ values, shape, labels }: Images, rows: Int32Array) {
  const size = sizeOf(shape);
  const pixels = new Float32Array(rows.length * size);
  const hot = new Float32Array(rows.length * classes);
  rows.forEach((row, i) => {
    pixels.set(values.subarray(row * size, (row + 1) * size), i * size);
    hot[i * classes + labels[row]!] = 1;
  });
  return { x: tensor(pixels, [rows.length, ...shape]), labels: tensor(hot, [rows.length, classes]) };
}

function update(
  variables: readonly Variable[],
  gradients: readonly Tensor[],
  slots: Tensor[][],
  optimizer: ReturnType<typeof adam>,
  step: number,
): void {
  const numbers = optimizer.scalars(step, optimizer.learningRate);
  variables.forEach((v, i) => {
    const old = slots[i]!;
    const { parameters, slots: fresh } = tidy(() => {
      const scalars = Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, scalar(n)]));
      // An optimiser acts on each number alone, so it takes one variable as well as all of them in one vector.
      const done = optimizer.update({ parameters: v, gradient: gradients[i]!, slots: old, scalars });
      return { parameters: done.parameters, slots: [...done.slots] };
    });
    v.assign(parameters);
    dispose([parameters, ...old]);
    slots[i] = fresh;
  });
}
