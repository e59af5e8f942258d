/**
 * After 500 training steps on real digits: does every block's inverse keep the error bound it returns, and does a saved
 * model invert to the same bits? Small enough for a test.
 */
import type { InverseMethod } from "@invertible/residual";
import { childCall, solveInverse } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { loadMnist } from "@invertible/datasets/node";
import { baseTypes, disposeFlow, loadFlow, saveFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { imageIResNet, modelLayerTypes } from "@invertible/models";
import { createRandom, dispose, reshape, sqrt, square, sub, sum, tensor, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam, train } from "@invertible/trainer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realData } from "../../../tools/real-data.ts";
import { firstExamples } from "./job/examples.ts";

const { folder, isThere } = realData;
const random = createRandom(3);
const context = { random, training: false } as const;

describe.skipIf(!isThere)("MNIST, 500 steps", () => {
  let flow: Flow;
  /** Each residual block with what it is given in evaluation: [examples, ...]. */
  let blocks: { readonly block: Bijection; readonly x: Tensor }[];

  beforeAll(async () => {
    await startBackend("wasm");
    const { train: data, test } = await loadMnist({ folder });
    flow = imageIResNet({
      inputShape: [28, 28, 1],
      random: random.fold("start"),
      blocksPerScale: [2, 2],
      hiddenChannels: 16,
      firstScale: "squeezed",
    });
    const events = train({
      flow,
      data,
      batchSize: 16,
      steps: 500,
      optimizer: adam({ learningRate: 3e-3 }),
      clipNorm: 50,
      reportEvery: 100,
      random: random.fold("training"),
    });
    const bitsPerDim: number[] = [];
    for await (const event of events)
      if (event.kind === "step") bitsPerDim.push(event.loss / (784 * Math.LN2));
    // The model is really trained, and not merely still alive.
    expect(bitsPerDim.at(-1)).toBeLessThan(3);
    expect(bitsPerDim.at(-1)).toBeLessThan(bitsPerDim[0]!);
    blocks = inputsOfBlocks(flow, firstExamples(test, 64).values);
    expect(blocks).toHaveLength(4);
  }, 240_000);

  afterAll(() => {
    dispose(blocks.map(({ x }) => x));
    disposeFlow(flow);
  });

  it.each(["banach", "anderson", "broyden"] as const)(
    "every example's error is below the bound returned for it, by %s",
    async (method) => {
      for (const { block, x } of blocks) {
        const { errors, rows } = await invertBlock(block, x, method);
        errors.forEach((error, row) => expect(error).toBeLessThanOrEqual(rows[row]!.errorBound));
      }
    },
  );

  it("error bounds are useful: all are below the requested tolerance and 10^4 times the largest error", async () => {
    for (const { block, x } of blocks) {
      const { errors, rows, tolerances } = await invertBlock(block, x, "banach");
      rows.forEach(({ errorBound }, row) => expect(errorBound).toBeLessThanOrEqual(tolerances[row]!));
      const largest = Math.max(...errors);
      const bound = Math.max(...rows.map(({ errorBound }) => errorBound));
      expect(bound).toBeLessThan(1e4 * largest);
    }
  });

  it("accelerated iterations take no more evaluations than the fixed point on these blocks", async () => {
    for (const { block, x } of blocks) {
      const banach = (await invertBlock(block, x, "banach")).iterations;
      for (const method of ["anderson", "broyden"] as const)
        expect((await invertBlock(block, x, method)).iterations).toBeLessThanOrEqual(banach);
    }
  });

  it("a saved and loaded model inverts to the same bits", async () => {
    const loaded = await loadFlow(await saveFlow(flow), { layers: modelLayerTypes, bases: baseTypes });
    try {
      const [own, other] = [await flow.sample(4, { random }), await loaded.sample(4, { random })];
      expect(await other.x.data()).toEqual(await own.x.data());
      expect(other.evidence).toEqual(own.evidence);
      dispose([own.x, other.x]);
    } finally {
      disposeFlow(loaded);
    }
  });

  it("after enforce, the model's bi-Lipschitz bounds are proven and stored in its file", async () => {
    await flow.enforce();
    const certificate = await flow.certify();
    const proven = certificate.layers.filter(({ layer }) => layer === "residualBlock");
    expect(proven).toHaveLength(4);
    for (const { forward, inverse } of proven) {
      expect(forward).toBeLessThanOrEqual(1 + 0.9 ** 3 + 1e-9);
      expect(inverse).toBeLessThanOrEqual(1 / (1 - 0.9 ** 3) + 1e-9);
    }
    const loaded = await loadFlow(await saveFlow(flow), { layers: modelLayerTypes, bases: baseTypes });
    expect(await loaded.certify()).toEqual(certificate);
    disposeFlow(loaded);
  });
});

function inputsOfBlocks({ bijection }: Flow, values: Float32Array | Uint8Array) {
  const found: { block: Bijection; x: Tensor }[] = [];
  let x = tensor(Float32Array.from(values), [values.length / 784, 28, 28, 1]);
  bijection.parts.forEach(({ key, bijection: part }) => {
    const y = part.forward(x, childCall(context, key));
    if (part.name === "residualBlock") found.push({ block: part, x });
    else dispose(x);
    x = y;
  });
  dispose(x);
  return found;
}

async function invertBlock(block: Bijection, x: Tensor, method: InverseMethod) {
  const y = block.forward(x, context);
  const solved = await solveInverse(block, y, { ...context, method });
  const lengthOf = (v: Tensor) => sqrt(sum(square(reshape(v, [x.shape[0]!, -1])), 1));
  const [errors, lengths] = tidy(() => [lengthOf(sub(solved.x, x)), lengthOf(y)] as const);
  const hopeless = await solveInverse(block, y, { ...context, method, tolerance: 1e-30, onCap: "return" });
  const { rows: floors } = hopeless.evidence[0]!;
  const { rows, iterations } = solved.evidence[0]!;
  const [read, sizes] = await Promise.all([errors.data(), lengths.data()]);
  dispose([y, solved.x, hopeless.x, errors, lengths]);
  // The default tolerance is 1e-5 of the length, or twice what rounding alone may cause. The latter is measured by asking for
  // an impossible tolerance. The factor 1e-3 allows for that solve ending at another iterate.
  const tolerances = Array.from(
    sizes,
    (size, row) => Math.max(1e-5 * Math.max(1, size), 2 * floors[row]!.errorBound) * (1 + 1e-3),
  );
  return { errors: Array.from(read), rows, iterations, tolerances };
}
