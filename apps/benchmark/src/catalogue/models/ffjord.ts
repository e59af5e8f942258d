import type { DataKind } from "../data-kind.ts";
import { fitWidth } from "../fit-width.ts";
import { pixelsOf } from "../image-settings.ts";
import { publishedTables } from "../published-tables.ts";
import type { BuildRequest, BuiltFlow, ModelEntry, ModelSize, TrainingSettings } from "../model-entry.ts";

/** With more features, training estimates the trace by one random probe. */
const mostExactInTraining = 2;
/** And with more than these, evaluation does too. */
const mostExact = 64;

/** The solution of a differential equation whose right-hand side is a network. */
export const ffjord: ModelEntry = {
  name: "ffjord",
  title: "FFJORD",
  summary:
    "Every point moves along the solution of a differential equation whose right-hand side is a network. The log-determinant is the integral of the network's trace. The inverse integrates back in time.",
  color: { light: "#24a833", dark: "#8cf298" },
  paper:
    "Grathwohl, Chen, Bettencourt, Sutskever, Duvenaud (2019), FFJORD: Free-form Continuous Dynamics for Scalable Reversible Generative Models, arXiv:1810.01367",
  kinds: ["plane", "table", "image"],
  training,
  build: (request) => (request.kind === "image" ? buildForImages(request) : buildForVectors(request)),
  published: [
    {
      dataset: "mnist",
      value: "0.99",
      unit: "bits/dim",
      budget: "full budget: 3 scales of 64 channels at full resolution, to a tolerance, days on GPUs",
      source: "Behrmann et al. (2019), arXiv:1811.00995, table 4",
    },
    {
      dataset: "cifar-10",
      value: "3.40",
      unit: "bits/dim",
      budget: "full budget: 3 scales of 64 channels at full resolution, to a tolerance, days on GPUs",
      source: "Behrmann et al. (2019), arXiv:1811.00995, table 4",
    },
    ...publishedTables(
      { power: 0.46, gas: 8.59, hepmass: -14.92, miniboone: -10.43, bsds300: 157.4 },
      "Grathwohl et al. (2019), arXiv:1810.01367, table 2",
    ),
  ],
};

function training(kind: DataKind, { name }: ModelSize): TrainingSettings {
  if (kind !== "image")
    return { optimizer: "adam", steps: 300, learningRate: 3e-2, finalRate: 0.02, checkpointEvery: 50 };
  return name === "small"
    ? { optimizer: "adam", steps: 60, learningRate: 5e-3, finalRate: 0.1, checkpointEvery: 10 }
    : { optimizer: "adam", steps: 800, learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 20 };
}

/** Networks, activation and time are the published ones for the plane. Steps are fixed, so that a training step can be recorded. */
async function buildForVectors({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const [{ vectorFfjord }, { exactTrace, hutchinsonTrace }] = await Promise.all([
    import("@invertible/models"),
    import("@invertible/continuous"),
  ]);
  const features = shape[0]!;
  const settings = { blocks: 1, activation: "tanh", time: 0.5, method: "dopri5", steps: 6 } as const;
  const exact = exactTrace({ maxDimension: mostExact });
  const traces = {
    trace: features <= mostExactInTraining ? exact : hutchinsonTrace(),
    evaluationTrace: features <= mostExact ? exact : hutchinsonTrace(),
  };
  const build = (width: number) =>
    vectorFfjord({ features, random, ...settings, ...traces, hidden: [width, width, width] });
  const width = await fitWidth({ parameters: size.parameters, build });
  return {
    flow: build(width),
    architecture: { ...settings, hidden: [width, width, width] },
    logDet: features <= mostExact ? "integral of the exact trace" : "integral of the trace by 1 random probe",
    integrates: true,
  };
}

/** The published networks in a size for one core: two scales, each equation in fixed steps. */
async function buildForImages({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { imageFfjord } = await import("@invertible/models");
  const settings = {
    scales: 2,
    blocks: 1,
    activation: "softplus",
    time: 1,
    method: "rk4",
    // With 2, training at the rate that a search found went below 0 bits/dim in these steps, which no likelihood of integers can.
    steps: 4,
  } as const;
  const pixels = pixelsOf(shape);
  const hidden = (width: number) => [width, width, width];
  const build = (width: number) =>
    imageFfjord({ inputShape: shape, random, ...settings, pixels, hidden: hidden(width) });
  const width = await fitWidth({ parameters: size.parameters, build });
  return {
    flow: build(width),
    architecture: { ...settings, hidden: hidden(width) },
    logDet: "integral of the trace by 1 random probe",
    integrates: true,
  };
}
