import type { Bijection } from "@invertible/bijection";
import { disposeFlow } from "@invertible/flow";
import { centred, firstImages } from "../data/load-images.ts";
import { glowNetwork } from "../networks/glow-network.ts";
import { residualNetwork } from "../networks/residual-network.ts";
import { pixelFlow, trainDensity } from "../networks/train-density.ts";
import { defineStudy } from "../study.ts";
import type { StudyContext } from "../study.ts";
import { drawExplosion } from "./draw-explosion.ts";
import type { ExplosionNumbers, ExplosionSize } from "./explosion-numbers.ts";
import { inputKinds } from "./inputs.ts";
import { measureExplosion } from "./measure-explosion.ts";

const usual: ExplosionSize = {
  ...{ stepsPerScale: [6, 6], width: 32, blocksPerScale: [3, 3], hiddenChannels: 32, coefficient: 0.9 },
  inputs: 16,
};
const defaultSteps = 300;

export async function explosionNumbers(
  { images, steps = defaultSteps, random, engine, signal, say }: StudyContext,
  size: ExplosionSize = usual,
): Promise<ExplosionNumbers> {
  const { stepsPerScale, width, blocksPerScale, hiddenChannels, coefficient, inputs } = size;
  const inputShape = images.train.shape;
  const start = { inputShape, random: random.fold("start") };
  const glow = (scale: "sigmoid" | "exp") => () => glowNetwork({ ...start, stepsPerScale, width, scale });
  const builders: Readonly<Record<string, () => Bijection>> = {
    "Glow, sigmoid scale": glow("sigmoid"),
    "Glow, exp scale": glow("exp"),
    [`i-ResNet, c = ${coefficient}`]: () =>
      residualNetwork({ ...start, blocksPerScale, hiddenChannels, coefficient, firstSqueezed: true })
        .bijection,
  };
  const kinds = inputKinds(
    centred(firstImages(images.test, inputs), random.fold("noise")),
    images.drawn,
    random.fold("inputs"),
  );
  const training = { steps, batchSize: 32, learningRate: 5e-3 };
  const networks: ExplosionNumbers["networks"][number][] = [];
  for (const [name, build] of Object.entries(builders)) {
    const network = build();
    const flow = pixelFlow(network);
    try {
      const bitsPerDim = await trainDensity({
        ...{ flow, images: images.train, ...training, random: random.fold("training") },
        ...{ engine, signal, say, title: name },
      });
      say(`${name}: there and back`);
      const measured = await measureExplosion(network, kinds, random.fold("measuring"), signal);
      networks.push({ name, bitsPerDim, ...measured });
    } finally {
      disposeFlow(flow);
    }
  }
  return { data: images.title, training, size, networks };
}

export const explodingInverse = defineStudy({
  measure: (context) => explosionNumbers(context),
  draw: drawExplosion,
});
