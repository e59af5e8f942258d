import { fitWidth } from "../fit-width.ts";
import type { BuildRequest, BuiltModel, ModelEntry } from "../model-entry.ts";

/** Glow's steps with a monotone spline in place of a scale and a shift. */
export const splineCoupling: ModelEntry = {
  name: "spline-coupling",
  title: "Neural Spline Flow",
  summary:
    "Couplings, in which one half of the numbers chooses a monotone rational-quadratic spline for each number of the other half. The inverse and the log-determinant are given by formulas.",
  color: { light: "#a5711a", dark: "#e5bb62" },
  paper: "Durkan, Bekasov, Murray, Papamakarios (2019), Neural Spline Flows, arXiv:1906.04032",
  kinds: ["plane", "table"],
  training: () => ({
    optimizer: "adam",
    steps: 600,
    learningRate: 5e-3,
    finalRate: 0.02,
    checkpointEvery: 200,
  }),
  build,
  published: [],
};

async function build({ shape, size, random }: BuildRequest): Promise<BuiltModel> {
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
