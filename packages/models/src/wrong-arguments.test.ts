import { chain, factorOut, invert } from "@invertible/bijection";
import { denseConditioner } from "@invertible/coupling";
import { ArgumentError } from "@invertible/errors";
import { createFlow, disposeFlow, saveFlow, standardNormal } from "@invertible/flow";
import { actNorm, logit } from "@invertible/layers";
import { exactLogDet, geometricLaw, powerSeries } from "@invertible/log-det";
import { createRandom, freeingVariables, zeros } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { denseBranch, implicitBlock, residualBlock } from "@invertible/residual";
import { beforeAll, describe, expect, it } from "vitest";
import { imageGlow } from "./images/image-glow.ts";
import { vectorGlow } from "./vectors/vector-glow.ts";
import { vectorIResNet } from "./vectors/vector-i-res-net.ts";

/** What JavaScript users can write: TypeScript refuses every call in this file. */
type Loose = (...args: unknown[]) => unknown;
const loose = (f: unknown) => f as Loose;

const random = createRandom(5);
const layer = actNorm({ inputShape: [2] });
const base = standardNormal({ shape: [2] });
const branchOptions = { features: 2, hidden: [4], activation: "elu", coefficient: 0.9, preactivation: false };

const wrongCalls: readonly [name: string, call: () => unknown, message: string][] = [
  [
    "a misspelt option of a model",
    () => loose(vectorIResNet)({ features: 2, random, coeficient: 0.5 }),
    'received "coeficient"; did you mean "coefficient"?',
  ],
  [
    "an option of another model",
    () => loose(vectorGlow)({ features: 2, random, blocks: 3 }),
    "vectorGlow: expected options among features, random,",
  ],
  [
    "a seed in place of a key",
    () => loose(vectorIResNet)({ features: 2, random: 7 }),
    "vectorIResNet: random: expected a random key, such as createRandom(7), received 7",
  ],
  [
    "a model without options",
    () => loose(imageGlow)(),
    "imageGlow: expected an object { inputShape, random, ",
  ],
  [
    "layers that are not in an array",
    () => loose(chain)(layer, layer),
    "chain: expected an array of bijections, received {",
  ],
  [
    "a chain with a hole",
    () => loose(chain)([layer, undefined]),
    "chain: part 1: expected a bijection, received undefined",
  ],
  [
    "a layer's function in place of the layer",
    () => loose(chain)([actNorm]),
    "chain: part 0: expected a bijection, received a function",
  ],
  ["an inverse of nothing", () => loose(invert)(), "invert: expected a bijection, received undefined"],
  [
    "an inner part that is no layer",
    () => loose(factorOut)({ inputShape: [4], leaving: "first", inner: "actNorm" }),
    'factorOut.inner: expected a bijection, received "actNorm"',
  ],
  [
    "a flow from two arguments",
    () => loose(createFlow)(layer, base),
    "createFlow: expected options among bijection, base, received ",
  ],
  [
    "a flow without a base",
    () => loose(createFlow)({ bijection: layer }),
    "createFlow: expected the option base, received none",
  ],
  [
    "a flow of a promise",
    () => loose(createFlow)({ bijection: Promise.resolve(layer), base }),
    "createFlow.bijection: expected a bijection, received a promise; await it first",
  ],
  [
    "a base that is the function which makes one",
    () => loose(createFlow)({ bijection: layer, base: standardNormal }),
    "createFlow.base: expected a density such as standardNormal({ shape }), received a function",
  ],
  [
    "a misspelt option of a layer",
    () => loose(actNorm)({ inputShap: [2] }),
    'actNorm: expected options among inputShape, varianceFloor, received "inputShap"; did you mean "inputShape"?',
  ],
  [
    "a missing option of a layer",
    () => loose(logit)({ inputShape: [2] }),
    "logit: expected the option alpha",
  ],
  [
    "a misspelt option of pixels",
    () => loose(imageGlow)({ inputShape: [8, 8, 1], random, pixels: { bin: 32 } }),
    'imageGlow.pixels: expected options among bins, margin, transform, alpha, received "bin"; did you mean "bins"?',
  ],
  [
    "a margin that leaves no room for noise",
    () => loose(imageGlow)({ inputShape: [8, 8, 1], random, pixels: { margin: 0.5 } }),
    "imageGlow.pixels.margin: expected a number in [0, 0.5), received 0.5",
  ],
  [
    "a branch with a seed",
    () => loose(denseBranch)({ ...branchOptions, random: 3 }),
    "denseBranch: random: expected a random key",
  ],
  [
    "a conditioner with a seed",
    () => loose(denseConditioner)({ hidden: [4], random: 3 }),
    "denseConditioner: random: expected a random key",
  ],
  [
    "a flow of a block without a log-det",
    () =>
      loose(createFlow)({
        bijection: loose(residualBlock)({ branch: loose(denseBranch)({ ...branchOptions, random }) }),
        base: standardNormal({ shape: [2] }),
      }),
    "createFlow.bijection: expected layers with a log-det, which a density needs, received residualBlock, whose trait says it has none",
  ],
  [
    "a log-det for evaluation alone",
    () =>
      loose(residualBlock)({
        branch: loose(denseBranch)({ ...branchOptions, random }),
        evaluationLogDet: exactLogDet(),
      }),
    "residualBlock: evaluationLogDet: expected none, because there is no logDet beside it",
  ],
  [
    "a log-det that is the function which makes one",
    () =>
      loose(residualBlock)({ branch: loose(denseBranch)({ ...branchOptions, random }), logDet: exactLogDet }),
    "residualBlock: logDet: expected an estimator such as exactLogDet(), received a function",
  ],
  [
    "a branch that is a layer",
    () => loose(implicitBlock)({ inputBranch: layer, outputBranch: layer, logDet: exactLogDet() }),
    "implicitBlock: inputBranch: expected a contractive branch such as denseBranch({ ... }), received {",
  ],
  [
    "an estimator with a bare number",
    () => loose(powerSeries)(10),
    "powerSeries: expected an object { terms, ",
  ],
  [
    "a law with a bare number",
    () => loose(geometricLaw)(0.5),
    "geometricLaw: expected an object { p }, received 0.5",
  ],
];

describe("a call with wrong arguments names them", () => {
  beforeAll(() => startBackend("wasm"));

  it.each(wrongCalls)("%s", (_, call, message) => {
    let error: unknown;
    try {
      freeingVariables(() => call() as never);
    } catch (thrown) {
      error = thrown;
    }
    expect(ArgumentError.is(error) && error.message).toContain(message);
  });

  it("a flow that was disposed of", async () => {
    const flow = createFlow({
      bijection: actNorm({ inputShape: [2] }),
      base: standardNormal({ shape: [2] }),
    });
    disposeFlow(flow);
    const x = zeros([1, 2]);
    const gone = /: expected a flow in use, received "one whose variable bijection\.\w+ was disposed of"/;
    expect(() => flow.logProb(x)).toThrow(gone);
    await expect(flow.sample(1, { random })).rejects.toThrow(gone);
    await expect(flow.reconstruct(x)).rejects.toThrow(gone);
    await expect(flow.initialise(x)).rejects.toThrow(gone);
    await expect(flow.refresh({ iterations: 1 })).rejects.toThrow(gone);
    await expect(flow.certify()).rejects.toThrow(gone);
    await expect(saveFlow(flow)).rejects.toThrow(gone);
    x.dispose();
  });

  it("a misspelt name in a call, in place of which a default would be used", async () => {
    const flow = createFlow({ bijection: layer, base });
    const x = zeros([1, 2]);
    expect(() => loose(layer.forward)(x, { conditon: x })).toThrow(
      "actNorm.forward: expected options among random, training, condition, inverseSteps, stateUpdates, trace, " +
        'tolerance, maxIterations, method, onCap, received "conditon"; did you mean "condition"?',
    );
    expect(() => loose(layer.inverseAndLogDet)(x, random)).toThrow("actNorm.inverse: expected options among");
    expect(() => loose(flow.logProb)(x, { rng: random })).toThrow(
      "actNorm (bijection).forward: expected options",
    );
    await expect(loose(flow.sample)(1, { random, tolerence: 1e-3 })).rejects.toThrow(
      'received "tolerence"; did you mean "tolerance"?',
    );
    await expect(loose(flow.initialise)(x, { training_: true })).rejects.toThrow('did you mean "training"?');
    x.dispose();
  });

  it("a batch that is no tensor", async () => {
    const flow = createFlow({ bijection: layer, base });
    expect(() => loose(flow.logProb)([[1, 2]])).toThrow("actNorm (bijection).forward x: expected a tensor");
    expect(() => loose(flow.logProb)()).toThrow("actNorm (bijection).forward x: expected a tensor");
    await expect(loose(flow.reconstruct)([[1, 2]])).rejects.toThrow("forward x: expected a tensor");
  });

  it("sample without a key, or with a seed", async () => {
    const flow = createFlow({ bijection: layer, base });
    await expect(loose(flow.sample)(2)).rejects.toThrow(
      "flow.sample: call.random: expected a random key, such as createRandom(7), received undefined",
    );
    await expect(loose(flow.sample)(2, { random: 7 })).rejects.toThrow("received 7");
  });
});
