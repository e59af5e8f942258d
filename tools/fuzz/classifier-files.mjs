/**
 * A classifier for every head.
 *
 * @param {import("./cases.mjs").Load} load
 * @returns {Promise<import("./cases.mjs").Target>}
 */
export async function classifierFiles(load) {
  const [{ bijectionTypes, chain, flatten }, flows, layers, residual, classifiers, ops] = await Promise.all(
    ["bijection", "flow", "layers", "residual", "classifier", "ops"].map(load),
  );
  const random = ops.createRandom(3);
  const inputShape = [2, 2, 4];
  /** @param {string} name */
  const block = (name) =>
    residual.residualBlock({
      branch: residual.bottleneckBranch({
        ...{ inputShape, hidden: 3, activation: "elu", coefficient: 0.9, preactivation: true },
        random: random.fold(name),
      }),
    });
  const flat = () => chain([layers.actNorm({ inputShape }), flatten({ inputShape })]);
  const classes = 3;
  const parts = [
    [
      chain([layers.squeeze({ inputShape: [4, 4, 1] }), block("a"), layers.actNorm({ inputShape })]),
      classifiers.pooledHead({ inputShape, classes, random }),
    ],
    [
      chain([layers.injectivePadding({ inputShape: [2, 2, 1], channels: 3 }), block("b")]),
      classifiers.pooledHead({ inputShape, classes, random }),
    ],
    [flat(), classifiers.denseHead({ inputShape: [16], classes, random, norm: "batch-norm" })],
    [flat(), classifiers.denseHead({ inputShape: [16], classes, random })],
    [flat(), classifiers.mixtureHead(flows.normalMixture({ shape: [16], components: classes, random }))],
  ];
  const files = [];
  for (const [features, head] of parts) {
    const model = classifiers.createClassifier({ features, head });
    files.push(await classifiers.saveClassifier(model));
    classifiers.disposeClassifier(model);
  }
  const types = [...bijectionTypes, ...layers.layerTypes, ...residual.residualTypes];
  return {
    files,
    async attempt(file) {
      const model = await classifiers.loadClassifier(file, { layers: types });
      try {
        const { inputShape } = model.features;
        if (inputShape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1) > 4096)
          return "loaded";
        const x = ops.zeros([2, ...inputShape]);
        try {
          const logits = model.logits(x);
          await logits.data();
          logits.dispose();
        } finally {
          x.dispose();
        }
        return "works";
      } finally {
        classifiers.disposeClassifier(model);
      }
    },
  };
}
