import { readFileSync } from "node:fs";
import { assemble, mutate, split, withNumbers } from "./mutations.mjs";

/**
 * @typedef {(name: string) => Promise<any>} Load gives a package of this repository by its name
 * @typedef {{ files: Uint8Array[], attempt: (file: Uint8Array) => Promise<string>, made?: (() => Uint8Array)[] }} Target
 *   `attempt` gives what became of a file, or throws what it was refused with; `made` are the cases where they are not drawn at random
 */

/**
 * A model file for every layer, and for what layers are made of.
 *
 * @param {Load} load
 * @returns {Promise<Target>}
 */
export async function modelFiles(load) {
  const [
    { bijectionTypes, chain, describeLayer, disposeBijection, factorOut, flatten, invert },
    flows,
    layers,
    coupling,
    residual,
    continuous,
    logDet,
    ops,
  ] = await Promise.all(
    ["bijection", "flow", "layers", "coupling", "residual", "continuous", "log-det", "ops"].map(load),
  );
  const { createFlow, diagonalNormal, disposeFlow, loadFlow, saveFlow, standardNormal } = flows;
  const random = ops.createRandom(1);
  const [vector, image] = [[4], [4, 4, 2]];
  const dense = coupling.denseConditioner({ hidden: [5], random });
  const conv = coupling.convConditioner({ width: 3, random, activation: "cLipSwish" });
  const series = logDet.powerSeries({ terms: 3, probes: 2 });
  const roulette = logDet.russianRoulette({ law: logDet.geometricLaw({ p: 0.2 }), exactTerms: 2 });
  const both = logDet.withGradient({
    value: logDet.exactLogDet(),
    gradient: logDet.neumann({ law: logDet.poissonLaw({ rate: 3 }), exactTerms: 1, variance: "unchecked" }),
  });
  const denseBranch = (options = {}) =>
    residual.denseBranch({
      ...{ features: 4, hidden: [6], activation: "lipSwish", coefficient: 0.8, preactivation: false, random },
      ...options,
    });
  const bottleneck = (options = {}) =>
    residual.bottleneckBranch({
      ...{ inputShape: image, hidden: 3, activation: "elu", coefficient: 0.8, preactivation: true, random },
      ...options,
    });
  /** @param {number[]} inputShape */
  const net = (inputShape, options = {}) =>
    residual.denseNetBranch({
      ...{ inputShape, layers: 2, growth: 4, activation: "cLipSwish", coefficient: 0.9, random },
      ...options,
    });
  const parts = [
    layers.actNorm({ inputShape: vector }),
    layers.invertibleConv1x1({ inputShape: vector, random }),
    layers.permutation({ inputShape: vector, order: random }),
    layers.affine({ inputShape: vector, scale: 2 }),
    coupling.affineCoupling({ inputShape: vector, conditioner: dense, scale: "exp" }),
    coupling.affineCoupling({ inputShape: image, conditioner: conv }),
    coupling.additiveCoupling({ inputShape: image, conditioner: coupling.zeroConvConditioner() }),
    coupling.rationalQuadraticCoupling({ inputShape: vector, conditioner: dense }),
    coupling.autoregressiveAffine({ inputShape: vector, hidden: [6, 6], random }),
    coupling.autoregressiveMixture({ inputShape: vector, hidden: [6, 6], components: 3, random }),
    residual.residualBlock({ branch: denseBranch(), logDet: series }),
    residual.residualBlock({ branch: denseBranch({ norm: Infinity, activation: "relu" }), logDet: roulette }),
    residual.residualBlock({ branch: denseBranch({ parametrisation: "orthogonal" }), logDet: both }),
    residual.residualBlock({ branch: net(vector), logDet: logDet.exactLogDet() }),
    residual.residualBlock({ branch: net(image, { parametrisation: "aol" }), logDet: series }),
    residual.residualBlock({ branch: bottleneck(), logDet: series }),
    residual.residualBlock({ branch: bottleneck({ parametrisation: "aol" }), logDet: roulette }),
    residual.implicitBlock({
      inputBranch: denseBranch(),
      outputBranch: denseBranch({ random: random.fold("out") }),
      logDet: series,
    }),
    residual.monotoneBlock({ branch: denseBranch(), logDet: series }),
    continuous.continuousBlock({
      dynamics: continuous.denseDynamics({ features: 4, hidden: [5], random }),
      ...{ steps: 2, trace: continuous.hutchinsonTrace(), evaluationTrace: continuous.exactTrace() },
    }),
    continuous.continuousBlock({
      dynamics: continuous.convDynamics({ inputShape: image, hidden: [3], random }),
      ...{ steps: 2, method: "rk4", trace: continuous.hutchinsonTrace({ probes: 2 }) },
    }),
    invert(layers.actNorm({ inputShape: vector })),
    chain([
      layers.uniformDequantisation({ inputShape: [4, 4, 1] }),
      layers.logit({ inputShape: [4, 4, 1], alpha: 0.05 }),
      layers.squeeze({ inputShape: [4, 4, 1] }),
      layers.actNorm({ inputShape: [2, 2, 4] }),
      factorOut({ inputShape: [2, 2, 4], leaving: "first", inner: flatten({ inputShape: [2, 2, 2] }) }),
    ]),
  ];
  const files = [];
  for (const [i, bijection] of parts.entries()) {
    const base = (i % 2 === 0 ? standardNormal : diagonalNormal)({ shape: bijection.outputShape });
    const flow = createFlow({ bijection, base });
    files.push(await saveFlow(flow));
    disposeFlow(flow);
  }
  // No flow can contain these, so no file of a flow does. They are refused, but only once they are built.
  const withoutLogDet = [
    layers.injectivePadding({ inputShape: image, channels: 3 }),
    residual.residualBlock({ branch: denseBranch() }),
    residual.residualBlock({ branch: denseBranch({ coefficient: "none" }) }),
    residual.residualBlock({ branch: bottleneck({ coefficient: "none", kernelSizes: [3, 3] }) }),
  ];
  for (const bijection of withoutLogDet) {
    const { header, data } = /** @type {any} */ (split(files[0]));
    const base = { base: "standardNormal", config: { shape: bijection.outputShape } };
    header["__metadata__"].architecture = JSON.stringify({ bijection: describeLayer(bijection), base });
    files.push(assemble(header, data));
    disposeBijection(bijection);
  }
  // Of the first version of the format. Loading changes their arrays.
  for (const name of ["every-vector-layer", "image-i-resnet"])
    // A copy, because `slice` of a Buffer would not copy it.
    files.push(
      Uint8Array.from(readFileSync(new URL(`../../fixtures/models/${name}.safetensors`, import.meta.url))),
    );
  const types = [
    ...bijectionTypes,
    ...layers.layerTypes,
    ...coupling.couplingTypes,
    ...residual.residualTypes,
    ...continuous.continuousTypes,
  ];

  return {
    files,
    async attempt(file) {
      const flow = await loadFlow(file, { layers: types });
      try {
        if (flow.dimension > 4096) return "loaded";
        const x = ops.zeros([1, ...flow.bijection.inputShape]);
        try {
          const logProb = flow.logProb(x, { random });
          await logProb.data();
          logProb.dispose();
        } finally {
          x.dispose();
        }
        return "works";
      } finally {
        disposeFlow(flow);
      }
    },
  };
}

/**
 * Checkpoints of a short run. Half of the changed ones are signed again, to get past the checksum.
 *
 * @param {Load} load
 * @param {(file: Uint8Array) => Promise<Uint8Array>} sign
 * @returns {Promise<Target>}
 */
export async function checkpoints(load, sign) {
  const [{ chain }, flows, layers, coupling, ops, trainer] = await Promise.all(
    ["bijection", "flow", "layers", "coupling", "ops", "trainer"].map(load),
  );
  const random = ops.createRandom(2);
  const inputShape = [2];
  const build = () =>
    flows.createFlow({
      bijection: chain([
        layers.actNorm({ inputShape }),
        coupling.affineCoupling({
          inputShape,
          conditioner: coupling.denseConditioner({ hidden: [4], random }),
        }),
      ]),
      base: flows.standardNormal({ shape: inputShape }),
    });
  const data = { values: random.normalArray(40), shape: inputShape, count: 20 };
  /** @param {Uint8Array | undefined} file */
  const run = async (file) => {
    const [flow, store] = [build(), trainer.memoryCheckpointStore(file)];
    const options = {
      flow,
      data,
      batchSize: 5,
      steps: 2,
      optimizer: trainer.adam(),
      random,
      checkpoint: { store },
    };
    const before = JSON.stringify(await valuesOf(flow));
    try {
      for await (const _ of trainer.train({ ...options, resume: file ? "required" : "never" }));
      return await store.load();
    } catch (error) {
      if (JSON.stringify(await valuesOf(flow)) !== before)
        throw new Error("the flow was changed", { cause: error });
      throw error;
    } finally {
      flows.disposeFlow(flow);
    }
  };
  /** @param {any} flow */
  const valuesOf = (flow) =>
    Promise.all(Object.values({ ...flow.parameters, ...flow.state }).map(async (v) => [...(await v.data())]));
  const whole = await run(undefined);
  let count = 0;
  return {
    files: [whole],
    async attempt(file) {
      await run(count++ % 2 === 0 ? file : await sign(file));
      return "works";
    },
  };
}

/**
 * Every number in every architecture replaced by huge ones, in turn, and by a few others.
 *
 * @param {Target} target
 * @returns {Target}
 */
export function hugeNumbers(
  target,
  values = [4e8, 2 ** 32 - 1, 1e12, 2 ** 24, 30_000, 0, -1, 1.5, 1e308, 0.9999999],
) {
  return { ...target, made: target.files.flatMap((file) => withNumbers(file, values)) };
}

/**
 * One case: what became of a changed file, for good or for bad.
 *
 * @param {Target} target
 * @param {number} number
 * @param {any} ops
 * @returns {Promise<{ outcome: string, size: number, error?: unknown }>} outcome: "works", "loaded", the name of an error class, or
 *   "UNTYPED"
 */
export async function runCase(target, number, ops) {
  const file = caseFile(target, number, ops);
  try {
    return { outcome: await target.attempt(file), size: file.length };
  } catch (error) {
    const kind = /** @type {{ kind?: unknown }} */ (error).kind;
    const typed = error instanceof Error && typeof kind === "string" && kind.startsWith("invertible/");
    const short = typed && error.message.length < 2100;
    return { outcome: short ? error.name : "UNTYPED", size: file.length, error };
  }
}

/**
 * @param {Target} target
 * @param {number} number
 * @param {any} ops
 */
function caseFile({ files, made }, number, ops) {
  const file = made?.[number % made.length];
  if (file) return file();
  const random = ops.createRandom(number);
  let drawn = 0;
  /** @param {number} n */
  const pick = (n) => random.fold(drawn++).integers(1, 0, n)[0];
  return mutate(/** @type {Uint8Array} */ (files[number % files.length]), pick);
}
