import { glow } from "../models/glow.ts";
import { realNvp } from "../models/real-nvp.ts";
import { residualFlow } from "../models/residual-flow.ts";
import type { BuildRequest, BuiltClassifier, BuiltHybrid, ModelEntry } from "../model-entry.ts";

/** How much the density counts beside the classes: lambda in lambda (-log p(x)) - log p(class | x), for D numbers in an example. */
const weights = [
  { name: "0", title: "0", of: () => 0 },
  { name: "d", title: "1/D", of: (dimension: number) => 1 / dimension },
  { name: "1", title: "1", of: () => 1 },
] as const;

type Weight = (typeof weights)[number];

/** The networks of the published comparison, with colours from weak to strong weights. */
const networks = [
  {
    entry: realNvp,
    colors: [
      ["#ffa8a8", "#ffc9c9"],
      ["#f03e3e", "#ff8787"],
      ["#a51111", "#fa5252"],
    ],
  },
  {
    entry: glow,
    colors: [
      ["#ffc078", "#ffd8a8"],
      ["#f76707", "#ff922b"],
      ["#a33a00", "#fd7e14"],
    ],
  },
  {
    entry: residualFlow,
    colors: [
      ["#63e6be", "#c3fae8"],
      ["#0ca678", "#38d9a9"],
      ["#06604a", "#20c997"],
    ],
  },
] as const;

/** A density and a classifier on one network, for each network and weight. */
export const hybrids: readonly ModelEntry[] = networks.flatMap(({ entry, colors }) =>
  weights.map((weight, i): ModelEntry => {
    const [light, dark] = colors[i]!;
    return {
      name: `hybrid-${entry.name}-${weight.name}`,
      title: `${entry.title}, λ = ${weight.title}`,
      summary: `${entry.summary} A linear layer on its latents names the class. The density counts with weight ${weight.title} beside the classes.`,
      color: { light, dark },
      paper: "Chen et al. (2019), Residual Flows for Invertible Generative Modeling, arXiv:1906.02735",
      kinds: ["image"],
      tasks: ["hybrid"],
      training: entry.training,
      build: (request) => build(entry, weight, request),
      published: [],
    };
  }),
);

async function build(
  entry: ModelEntry,
  weight: Weight,
  request: BuildRequest,
): Promise<BuiltClassifier | BuiltHybrid> {
  const { createClassifier, denseHead } = await import("@invertible/classifier");
  const { disposeModel } = await import("@invertible/flow");
  const { maximumLikelihood, minimumCrossEntropy, weightedSum } = await import("@invertible/trainer");
  const built = await entry.build(request);
  if (!("flow" in built)) throw new RangeError(`${entry.name}: expected a flow`);
  const { flow, logDet } = built;
  const features = flow.bijection;
  const head = denseHead({
    inputShape: features.outputShape,
    classes: request.classes!,
    random: request.random.fold("head"),
  });
  const classifier = createClassifier({ features, head });
  const lambda = weight.of(request.shape.reduce((product, n) => product * n, 1));
  const architecture = { ...built.architecture, lambda };
  if (lambda === 0) {
    // Without a density there is no base, and no log-determinant is computed.
    disposeModel({ parameters: flow.base.parameters, state: {} });
    return { classifier, architecture };
  }
  const objective = weightedSum([
    { objective: maximumLikelihood(flow), weight: lambda },
    { objective: minimumCrossEntropy(classifier), weight: 1 },
  ]);
  return {
    ...{ flow, classifier, architecture, logDet },
    stages: [{ name: "training", objective, share: 1 }],
  };
}
