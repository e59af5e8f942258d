import { readConfig } from "@invertible/bijection";
import { checkMembers, fail } from "@invertible/errors";
import { normalMixture } from "@invertible/flow";
import type { NormalMixture } from "@invertible/flow";
import { defineHead } from "./define-head.ts";
import type { Head, HeadType } from "./head.ts";

/**
 * The head of FlowGMM: each class is a normal density on the features, and the logits are log p(z, class) in nats. The logits of an example
 * are then joint log-densities of features and class, and `logProbs` of the classifier are the log-probabilities of Bayes' theorem. It has
 * the variables of the mixture, which is usually also the base of a flow on the same bijection:
 *
 *     const base = normalMixture({ shape, components: classes, random });
 *     const flow = createFlow({ bijection, base });
 *     const model = createClassifier({ features: bijection, head: mixtureHead(base) });
 *
 * The sum of the losses of both, -log p(x) - log p(class | x), is -log p(x, class) for examples of a known class, and -log p(x) for others.
 *
 * @throws ArgumentError for anything but a mixture of at least two components.
 * @see Izmailov, Kirichenko, Finzi, Wilson (2020), arXiv:1912.13025
 */
export function mixtureHead(mixture: NormalMixture): Head {
  checkMembers("mixtureHead", "a mixture made by normalMixture", mixture, [
    "jointLogProbs",
    "components",
    "shape",
  ]);
  const { shape, components, parameters, config } = mixture;
  if (components < 2) fail("mixtureHead", "a mixture of at least 2 components", components);
  return defineHead({
    name: "mixtureHead",
    inputShape: shape,
    classes: components,
    parameters,
    config,
    logits: (z) => mixture.jointLogProbs(z),
  });
}

/** Rebuilds a `mixtureHead`, with a mixture of its own, from its configuration. */
export const mixtureHeadType: HeadType = {
  head: "mixtureHead",
  build(config, { random }) {
    const read = readConfig("mixtureHead", config);
    return mixtureHead(
      normalMixture({ shape: read.shape("shape"), components: read.number("components"), random }),
    );
  },
};
