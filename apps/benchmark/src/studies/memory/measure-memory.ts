import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { classifier, disposeClassifier, oneHot } from "@invertible/classifier";
import { additiveCoupling, convConditioner } from "@invertible/coupling";
import { actNorm } from "@invertible/layers";
import { peakBytes } from "@invertible/ops";
import type { Random, Shape } from "@invertible/ops";
import { bottleneckBranch, residualBlock } from "@invertible/residual";
import { minimumCrossEntropy, sgd, train } from "@invertible/trainer";
import type { Backward, ExampleSet } from "@invertible/trainer";
import type { MemoryPoint, MemorySize } from "./memory-numbers.ts";

/** A network of so many blocks, and how its gradient is computed. */
export interface MemoryMode {
  readonly name: string;
  readonly backward: Backward;
  readonly block: (size: MemorySize, index: number, random: Random) => readonly Bijection[];
}

/** A block of an i-ResNet behind an act-norm. Its inverse is iterative. */
const residual: MemoryMode["block"] = ({ inputShape, hidden }, index, random) => [
  actNorm({ inputShape }),
  residualBlock({
    branch: bottleneckBranch({
      inputShape,
      hidden,
      activation: "elu",
      coefficient: 0.7,
      preactivation: index > 0,
      random,
    }),
  }),
];

/** A reversible block of a RevNet: y1 = x1 + F(x2), y2 = x2 + G(y1). Its inverse is two subtractions. */
const reversible: MemoryMode["block"] = ({ inputShape, hidden }, _, random) =>
  (["second", "first"] as const).map((passThrough) =>
    additiveCoupling({
      inputShape,
      passThrough,
      conditioner: convConditioner({ width: hidden, random: random.fold(passThrough) }),
    }),
  );

/** What the figure compares. */
export const memoryModes: readonly MemoryMode[] = [
  { name: "i-ResNet, everything kept", backward: "whole", block: residual },
  { name: "i-ResNet, checkpointed", backward: "checkpointed", block: residual },
  { name: "i-ResNet, reversible", backward: "reversible", block: residual },
  { name: "RevNet, everything kept", backward: "whole", block: reversible },
  { name: "RevNet, reversible", backward: "reversible", block: reversible },
];

/** Trains a classifier of so many blocks for two steps, and measures the second: the first also makes the slots of the optimiser. */
export async function peakOfStep(
  { block, backward }: MemoryMode,
  size: MemorySize,
  blocks: number,
  random: Random,
  signal: AbortSignal,
): Promise<MemoryPoint> {
  const { batchSize, inputShape, classes } = size;
  const features = chain(
    Array.from({ length: blocks }, (_, i) => block(size, i, random.fold("block").fold(i))).flat(),
  );
  const model = classifier({ features, classes, random: random.fold("head") });
  try {
    const events = train({
      objective: minimumCrossEntropy(model),
      data: noise(inputShape, batchSize, classes, random),
      batchSize,
      steps: 2,
      optimizer: sgd({ learningRate: 1e-3 }),
      initialExamples: 0,
      random,
      backward,
      signal,
    });
    await events.next();
    await events.next();
    const { peakBytes: peak } = await peakBytes(() => events.next());
    await events.return();
    const parameters = Object.values(model.parameters).reduce((total, each) => total + each.size, 0);
    return { blocks, peak, parameters };
  } finally {
    disposeClassifier(model);
  }
}

/** The numbers do not matter for memory. */
function noise(shape: Shape, count: number, classes: number, random: Random): ExampleSet {
  const size = shape.reduce((product, n) => product * n, 1);
  return {
    values: random.fold("examples").normalArray(count * size),
    shape,
    count,
    target: oneHot(random.fold("labels").integers(count, 0, classes), classes),
  };
}
