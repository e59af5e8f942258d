import type { DataKind } from "../data-kind.ts";
import { fitWidth } from "../fit-width.ts";
import { pixelsOf } from "../image-settings.ts";
import { publishedTables } from "../published-tables.ts";
import type { BuildRequest, BuiltFlow, ModelEntry, ModelSize, TrainingSettings } from "../model-entry.ts";

/** Glow's steps with a monotone spline in place of a scale and a shift. */
export const splineCoupling: ModelEntry = {
  name: "spline-coupling",
  title: "Neural Spline Flow",
  summary:
    "Couplings, in which one half of the numbers chooses a monotone rational-quadratic spline for each number of the other half. The inverse and the log-determinant are given by formulas.",
  color: { light: "#a5711a", dark: "#e5bb62" },
  paper: "Durkan, Bekasov, Murray, Papamakarios (2019), Neural Spline Flows, arXiv:1906.04032",
  kinds: ["plane", "table", "image"],
  training,
  build: (request) => (request.kind === "image" ? buildForImages(request) : buildForVectors(request)),
  published: [
    ...publishedTables(
      { power: 0.64, gas: 13.09, hepmass: -14.75, miniboone: -9.67, bsds300: 157.54 },
      "Durkan et al. (2019), arXiv:1906.04032, RQ-NSF (C)",
    ),
  ],
};

function training(kind: DataKind, { name }: ModelSize): TrainingSettings {
  if (kind !== "image")
    return { optimizer: "adam", steps: 600, learningRate: 5e-3, finalRate: 0.02, checkpointEvery: 200 };
  return name === "small"
    ? { optimizer: "adam", steps: 300, learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 50 }
    : { optimizer: "adam", steps: 3200, learningRate: 2e-3, finalRate: 0.1, checkpointEvery: 100 };
}

async function buildForVectors({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const [
    { chain },
    { denseConditioner, rationalQuadraticCoupling },
    { createFlow, diagonalNormal },
    { actNorm, invertibleConv1x1 },
  ] = await Promise.all([
    import("@invertible/bijection"),
    import("@invertible/coupling"),
    import("@invertible/flow"),
    import("@invertible/layers"),
  ]);
  const settings = { steps: 6, bins: 8, bound: 4 };
  const withWidth = (width: number) => {
    const parts = Array.from({ length: settings.steps }, (_, step) => {
      const { bins, bound } = settings;
      const key = random.fold("step").fold(step);
      const conditioner = denseConditioner({ hidden: [width, width], random: key.fold("network") });
      return [
        actNorm({ inputShape: shape }),
        invertibleConv1x1({ inputShape: shape, random: key.fold("mix") }),
        rationalQuadraticCoupling({ inputShape: shape, conditioner, bins, bound }),
      ];
    });
    return createFlow({ bijection: chain(parts.flat()), base: diagonalNormal({ shape }) });
  };
  const width = await fitWidth({ parameters: size.parameters, build: withWidth });
  return {
    flow: withWidth(width),
    architecture: { ...settings, hidden: [width, width] },
    logDet: "sum of the splines' log-slopes",
  };
}

async function buildForImages({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { imageSplineFlow } = await import("@invertible/models");
  const steps = size.name === "small" ? 2 : 4;
  const settings = { stepsPerScale: [steps, steps], bins: 4, bound: 3 };
  const pixels = pixelsOf(shape);
  const build = (width: number) => imageSplineFlow({ inputShape: shape, random, ...settings, pixels, width });
  const width = await fitWidth({ parameters: size.parameters, build, step: 2 });
  return {
    flow: build(width),
    architecture: { ...settings, width },
    logDet: "sum of the splines' log-slopes",
  };
}
