/** Small files that describe more than a machine holds, or more than anybody waits for, are refused quickly. */
import { chain, describeLayer } from "@invertible/bijection";
import { continuousBlock, denseDynamics, hutchinsonTrace } from "@invertible/continuous";
import { autoregressiveAffine } from "@invertible/coupling";
import { FileFormatError } from "@invertible/errors";
import {
  createFlow,
  decodeSafetensors,
  disposeFlow,
  encodeSafetensors,
  loadFlow,
  saveFlow,
  standardNormal,
} from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { exactLogDet, geometricLaw, powerSeries, russianRoulette } from "@invertible/log-det";
import { createRandom, memory, peakBytes } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { denseBranch, denseNetBranch, residualBlock } from "@invertible/residual";
import { beforeAll, describe, expect, it } from "vitest";
import { modelLayerTypes } from "./index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(3);
const branch = () =>
  denseBranch({
    features: 2,
    hidden: [4],
    activation: "elu",
    coefficient: 0.5,
    preactivation: false,
    random,
  });
const densenet = () =>
  denseNetBranch({ inputShape: [2], layers: 2, growth: 2, activation: "elu", coefficient: 0.5, random });

const continuous = () =>
  continuousBlock({
    dynamics: denseDynamics({ features: 2, hidden: [4], random }),
    steps: 5,
    trace: hutchinsonTrace({ probes: 2 }),
  });

/** A file of a layer with the given change to its description, without arrays. */
function file(
  layer: Parameters<typeof describeLayer>[0],
  from: string | RegExp,
  to: string,
  copies = 1,
): Uint8Array {
  const description = JSON.stringify(describeLayer(layer));
  const changed = description.replace(from, to);
  expect(changed).not.toBe(description);
  const parts = Array<string>(copies).fill(changed).join(",");
  const shape = JSON.stringify(
    (JSON.parse(changed) as { config: { inputShape?: number[] } }).config.inputShape ?? [2],
  );
  const architecture = `{"bijection":{"layer":"chain","config":{"parts":[${parts}]}},"base":{"base":"standardNormal","config":{"shape":${shape}}}}`;
  const metadata = new Map([
    ["format", "invertible-flow"],
    ["formatVersion", "2"],
    ["architecture", architecture],
  ]);
  return encodeSafetensors({ tensors: new Map(), metadata });
}

const logDet = powerSeries({ terms: 3, probes: 2 });
const roulette = russianRoulette({ law: geometricLaw({ p: 0.5 }), exactTerms: 2 });

describe("a file of a few hundred bytes", () => {
  it.each<[string, () => Uint8Array, RegExp]>([
    [
      "an autoregressive layer of 30000 features",
      () =>
        file(
          autoregressiveAffine({ inputShape: [2], hidden: [3], random }),
          /"inputShape":\[2\],"hidden":\[3\]/,
          '"inputShape":[30000],"hidden":[30000]',
        ),
      /at most 1048576 numbers in variables, for the file holds 0 arrays of 0 numbers/,
    ],
    [
      "2^32 - 1 probes",
      () => file(residualBlock({ branch: branch(), logDet }), '"probes":2', '"probes":4294967295'),
      /at most 2000000 products together, received 1288490\d+/,
    ],
    [
      "as many probes of a single term",
      () =>
        file(
          residualBlock({ branch: branch(), logDet }),
          /"terms":3,"probes":2/g,
          '"terms":0.0001,"probes":4294967295',
        ),
      /powerSeries: terms: expected an integer from 1 to 10000/,
    ],
    [
      "10001 probes",
      () =>
        file(residualBlock({ branch: branch(), logDet }), '"terms":3,"probes":2', '"terms":1,"probes":10001'),
      /powerSeries: probes: expected an integer from 1 to 10000, received 10001/,
    ],
    [
      "4e8 layers of a DenseNet",
      () => file(residualBlock({ branch: densenet(), logDet }), '"layers":2', '"layers":4e8'),
      /denseNetBranch: layers: expected an integer from 1 to 1000, received 400000000/,
    ],
    [
      "60 act-norms of 2^24 features",
      () => file(actNorm({ inputShape: [2] }), "[2]", "[16777216]", 60),
      /at most 1048576 numbers in variables/,
    ],
    [
      "10^12 exact terms",
      () =>
        file(residualBlock({ branch: branch(), logDet: roulette }), '"exactTerms":2', '"exactTerms":1e12'),
      /at most 2000000 products together, received 1000000000/,
    ],
    [
      "a roulette that goes on for ever",
      () => file(residualBlock({ branch: branch(), logDet: roulette }), '"p":0.5', '"p":1e-6'),
      /geometricLaw: p: expected a number in \(0.00005, 1\), received 0.000001/,
    ],
    [
      "an exact log-determinant of 2^20 dimensions",
      () =>
        file(
          residualBlock({ branch: branch(), logDet: exactLogDet() }),
          '"maxDimension":64',
          '"maxDimension":1048576',
        ),
      /exactLogDet: maxDimension: expected an integer from 1 to 1024/,
    ],
    [
      "10^9 steps of an inverse",
      () => file(residualBlock({ branch: branch(), logDet }), '"maxIterations":10000', '"maxIterations":1e9'),
      /inverse.maxIterations: expected at most 30000, received 1000000000/,
    ],
    [
      "a differential equation of 10^12 steps",
      () => file(continuous(), '"steps":5', '"steps":1e12'),
      /at most 2000000 products together, received 2000000000000/,
    ],
    [
      "one of 100000 steps, which alone is within the limit of all",
      () => file(continuous(), '"steps":5', '"steps":100000'),
      /continuousBlock: steps: expected an integer from 1 to 1000, received 100000/,
    ],
    [
      "10^9 probes of a trace",
      () => file(continuous(), /"probes":2/g, '"probes":1000000000'),
      /at most 2000000 products together, received 5000000000/,
    ],
    [
      "a network of 10^9 units on the right-hand side",
      () => file(continuous(), '"hidden":[4]', '"hidden":[1000000000]'),
      /at most 1048576 numbers in variables/,
    ],
    [
      "100000 hidden layers",
      () => file(continuous(), '"hidden":[4]', `"hidden":[${Array(1e5).fill(1).join(",")}]`),
      /denseDynamics: hidden: expected from 1 to 1000 widths/,
    ],
    [
      "a hidden layer of 10^9 units",
      () => file(residualBlock({ branch: branch(), logDet }), '"hidden":[4]', '"hidden":[1000000000]'),
      /at most 1048576 numbers in variables/,
    ],
    [
      "four thousand act-norms of a thousand features",
      () => file(actNorm({ inputShape: [2] }), "[2]", "[1000]", 4_000),
      /at most (1048576 numbers in variables|1000 variables)/,
    ],
  ])(
    "that describes %s is refused with a typed error, in little time and memory",
    async (_, make, message) => {
      const bytes = make();
      const before = memory().numTensors;
      const resident = process.memoryUsage().rss;
      const start = process.cpuUsage();
      const { result, peakBytes: most } = await peakBytes(() =>
        loadFlow(bytes, { layers: modelLayerTypes }).catch((error: unknown) => error as Error),
      );
      // Microseconds of processor time, which other programs on the machine do not change.
      const { user, system } = process.cpuUsage(start);
      expect(user + system).toBeLessThan(5e6);
      expect((result as Error).message).toMatch(message);
      expect(FileFormatError.is(result)).toBe(true);
      expect(most).toBeLessThan(4 * bytes.length + 2 ** 26);
      expect(process.memoryUsage().rss - resident).toBeLessThan(4 * bytes.length + 2 ** 26);
      expect(memory().numTensors).toBe(before);
    },
  );
});

describe("a large file", () => {
  it("is loaded with less than four times its size, and computes no initial values", async () => {
    const inputShape = [1000];
    const flow = createFlow({
      bijection: chain([autoregressiveAffine({ inputShape, hidden: [1000, 1000], random })]),
      base: standardNormal({ shape: inputShape }),
    });
    const bytes = await saveFlow(flow);
    disposeFlow(flow);
    expect(decodeSafetensors(bytes).metadata.has("certificate")).toBe(false);
    expect(bytes.length).toBeGreaterThan(16e6);
    const { result, peakBytes: most } = await peakBytes(() => loadFlow(bytes, { layers: modelLayerTypes }));
    // The variables, and one array on its way into them.
    expect(most).toBeLessThan(2 * bytes.length);
    disposeFlow(result);
  });
});
