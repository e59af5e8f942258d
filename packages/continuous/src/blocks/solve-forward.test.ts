import { chain, defineComposite, invert } from "@invertible/bijection";
import { NonFiniteError, NotConvergedError, ShapeError } from "@invertible/errors";
import { concat, createRandom, dispose, memory, slice, tensor } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { linear, pendulum } from "../../test-support/known-dynamics.ts";
import { continuousBlock, denseDynamics, hutchinsonTrace, solveForward } from "../index.ts";
import type { IntegrationCall } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(2);
const block = (key: string, conditionFeatures = 0) =>
  continuousBlock({
    dynamics: denseDynamics({ features: 2, hidden: [8], conditionFeatures, random: random.fold(key) }),
    time: 0.5,
    steps: 8,
    evaluationTrace: hutchinsonTrace(),
  });

/** The first two of three features go through `inner`. */
function onFirstTwo(inner: ReturnType<typeof block>) {
  const first = (v: Tensor) => slice(v, [0, 0], [v.shape[0]!, 2]);
  const last = (v: Tensor) => slice(v, [0, 2], [v.shape[0]!, 1]);
  const put = (v: Tensor, own: Tensor) => concat([own, last(v)], 1);
  return defineComposite({
    name: "onFirstTwo",
    inputShape: [3],
    outputShape: [3],
    parts: [{ key: "a", bijection: inner, embedding: { take: first, put, takeResult: first, putBack: put } }],
    config: {},
  });
}

describe("in composites", () => {
  it("gives what the fixed steps give, by the same keys and conditions, with the places of all blocks", async () => {
    const model = chain([
      onFirstTwo(block("one")),
      invert(onFirstTwo(block("two", 1))),
      // A layer that is no differential equation.
      chain([onFirstTwo(block("three"))]),
    ]);
    const x = random.normal([6, 3]);
    const call = { random: random.fold("probes"), condition: tensor([[0.7]]) };
    const fixed = model.forwardAndLogDet(x, call);
    const before = memory().numTensors;
    const solved = await solveForward(model, x, call);
    expect(memory().numTensors).toBe(before + 2);
    expect(solved.evidence.map(({ path }) => path)).toEqual(["0.a", "1.inner.a", "2.0.a"]);
    const error = solved.evidence.reduce((total, each) => total + each.error, 0);
    for (const of of ["y", "logDet"] as const) {
      const [a, b] = [await fixed[of].data(), await solved[of].data()];
      a.forEach((n, i) => expect(Math.abs(n - b[i]!)).toBeLessThan(2 * error + 1e-5));
    }
    dispose([x, fixed.y, fixed.logDet, solved.y, solved.logDet, call.condition]);
  });

  it("takes a batch of no examples", async () => {
    const x = tensor([], [0, 2]);
    const { y, logDet, evidence } = await solveForward(block("one"), x, { random });
    expect([y.shape, logDet.shape, evidence[0]!.rows.length]).toEqual([[0, 2], [0], 0]);
    dispose([x, y, logDet]);
  });
});

describe("what cannot be solved", () => {
  const x = () => tensor([[1, 2]]);
  const refused = async (call: IntegrationCall, bijection = block("one"), input = x()) => {
    const before = memory().numTensors;
    const error = await solveForward(bijection, input, call).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(memory().numTensors).toBe(before);
    return error;
  };

  it("is named: unknown options, tolerances that float32 cannot hold, a missing key, a wrong batch", async () => {
    const message = async (...given: Parameters<typeof refused>) => (await refused(...given))?.message;
    expect(await message({ relativeTolerence: 1 } as object)).toMatch(/did you mean "relativeTolerance"/);
    expect(await message({ random, absoluteTolerance: 0 })).toBe(
      "continuousBlock.solveForward: absoluteTolerance: expected a number of at least 1e-7, received 0",
    );
    expect(await message({ random, maxSteps: 0 })).toMatch(/maxSteps: expected an integer from 1/);
    expect(await message({})).toMatch(/continuousBlock.solveForward: expected call.random/);
    expect(await refused({ random }, block("one"), tensor([[1, 2, 3]]))).toBeInstanceOf(ShapeError);
  });

  it("is a NotConvergedError where the steps do not suffice", async () => {
    const quick = continuousBlock({ dynamics: pendulum(2, 30), time: 3 });
    const error = await refused({ maxSteps: 5 }, quick);
    expect(error).toBeInstanceOf(NotConvergedError);
    expect(error!.message).toMatch(/within maxSteps = 5, received 0\.\d+ of the way; raise maxSteps/);
  });

  it("is a NonFiniteError where numbers overflow, and where they are none", async () => {
    const steep = continuousBlock({ dynamics: linear([[900]]), time: 1 });
    expect(await refused({}, steep, tensor([[1]]))).toBeInstanceOf(NonFiniteError);
    expect(await refused({ random }, block("one"), tensor([[NaN, 0]]))).toBeInstanceOf(NonFiniteError);
  });
});
