import { ArgumentError, ShapeError, UnsupportedError } from "@invertible/errors";
import {
  add,
  concat,
  createRandom,
  dispose,
  memory,
  neg,
  slice,
  sub,
  sum,
  tensor,
  tidy,
  variable,
} from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { childCall } from "./call.ts";
import { defineBijection } from "./define-bijection.ts";
import type { BijectionDefinition } from "./define-bijection.ts";
import { initialise } from "./walks/initialise.ts";
import { solveInverse } from "./walks/solve-inverse.ts";

const random = createRandom(1);
const context = { random, training: false } as const;

/** y = x + 1 with a log-det that counts how often it was asked for. */
function shifting(change: Partial<BijectionDefinition> = {}) {
  const asked: string[] = [];
  const definition: BijectionDefinition = {
    name: "shifting",
    inputShape: [2],
    outputShape: [2],
    config: {},
    forward: (x) => ({ y: add(x, 1), logDet: () => (asked.push("forward"), sum(x, 1)) }),
    inverse: (y) => ({ x: sub(y, 1), logDet: () => (asked.push("inverse"), neg(sum(y, 1))) }),
    ...change,
  };
  return { bijection: defineBijection(definition), definition, asked };
}

describe("defineBijection", () => {
  beforeAll(() => startBackend("cpu"));

  it("computes a log-det only where one is asked for", () => {
    const { bijection, asked } = shifting();
    const x = tensor([[1, 2]]);
    const value = bijection.forward(x, context);
    expect(asked).toEqual([]);
    const both = bijection.inverseAndLogDet(x, context);
    expect(Object.keys(both)).toEqual(["x", "logDet"]);
    expect(asked).toEqual(["inverse"]);
    dispose([x, value, ...Object.values(both)]);
  });

  it("names layer, place, argument, expected and received shape", async () => {
    const { bijection } = shifting();
    const x = tensor([[1, 2, 3]]);
    const call = () => bijection.forward(x, { ...context, trace: { path: "3.inner.0" } });
    expect(call).toThrow(new ShapeError("shifting (3.inner.0).forward x: expected [B, 2], received [1, 3]"));
    await expect(solveInverse(bijection, x, context)).rejects.toThrow(
      "shifting.solveInverse y: expected [B, 2], received [1, 3]",
    );
    await expect(initialise(bijection, x, context)).rejects.toThrow(
      "shifting.initialise x: expected [B, 2], received [1, 3]",
    );
    x.dispose();
  });

  it("rejects results that differ from the declared shape, and frees them", async () => {
    const x = tensor([[1, 2]]);
    const before = memory().numTensors;
    const value = shifting({
      forward: () => ({ y: tensor([[1, 2, 3]]), logDet: () => tensor([0]) }),
    }).bijection;
    expect(() => value.forwardAndLogDet(x, context)).toThrow(
      "shifting.forward result y: expected [B, 2], received [1, 3]",
    );
    const logDet = shifting({ forward: (y) => ({ y, logDet: () => tensor([[0]]) }) }).bijection;
    expect(() => logDet.forwardAndLogDet(x, context)).toThrow(
      "shifting.forward result logDet: expected [B], received [1, 1]",
    );
    const solved = shifting({
      solver: { methods: ["some"], solve: async () => ({ x: tensor([1]), evidence: [] }) },
    }).bijection;
    await expect(solveInverse(solved, x, context)).rejects.toThrow(
      "shifting.solveInverse result x: expected [B, 2], received [1]",
    );
    expect(memory().numTensors).toBe(before);
    x.dispose();
  });

  it("returns a new tensor where a layer returns its input", () => {
    const { bijection } = shifting({ forward: (x) => ({ y: x, logDet: () => sum(x, 1) }) });
    const x = tensor([[1, 2]]);
    const y = bijection.forward(x, context);
    x.dispose();
    expect(y.isDisposed).toBe(false);
    y.dispose();
  });

  it("refuses to invert where the trait says that there is no inverse", async () => {
    const { bijection } = shifting({ traits: { inverse: "none" } });
    const y = tensor([[1, 2]]);
    expect(() => bijection.inverseAndLogDet(y, context)).toThrow(UnsupportedError);
    await expect(solveInverse(bijection, y, context)).rejects.toThrow(
      "shifting.solveInverse: expected a layer with an inverse",
    );
    y.dispose();
  });

  it("refuses log-dets where the trait says that there is none, which no direction then returns", () => {
    const doubling = defineBijection({
      name: "doubling",
      inputShape: [1],
      outputShape: [2],
      traits: { logDet: "none" },
      config: {},
      forward: (x) => ({ y: concat([x, x], 1) }),
      inverse: (y) => ({ x: slice(y, [0, 0], [y.shape[0]!, 1]) }),
    });
    expect(doubling.traits).toEqual({
      logDet: "none",
      logDetBias: 0,
      inverse: "analytic",
      likelihood: "exact",
    });
    const x = tensor([[3]]);
    const y = doubling.forward(x);
    const back = doubling.inverse(y);
    const before = memory().numTensors;
    expect(() => doubling.forwardAndLogDet(x, { trace: { path: "2" } })).toThrow(
      new UnsupportedError(
        "doubling (2).forwardAndLogDet: expected a layer with a log-det, received one whose trait says it has none",
      ),
    );
    expect(() => doubling.inverseAndLogDet(y)).toThrow(UnsupportedError);
    expect(memory().numTensors).toBe(before);
    expect(y.shape).toEqual([1, 2]);
    expect(back.shape).toEqual([1, 1]);
    dispose([x, y, back]);
  });

  it("takes a definition without an inverse only where the trait says so", () => {
    const { inverse: _, ...oneWay } = shifting().definition;
    expect(() => defineBijection(oneWay as BijectionDefinition)).toThrow(
      'shifting: expected a function inverse, or the trait inverse: "none", received "neither"',
    );
    const network = defineBijection({ ...oneWay, traits: { logDet: "none", inverse: "none" } });
    const x = tensor([[1, 2]]);
    for (const method of ["inverse", "inverseAndLogDet"] as const)
      expect(() => network[method](x)).toThrow(UnsupportedError);
    dispose([x, network.forward(x)]);
  });

  it("refuses a result without a log-det where the trait promises one", () => {
    const { bijection } = shifting({ forward: (x) => ({ y: x }) as never });
    const x = tensor([[1, 2]]);
    dispose(bijection.forward(x));
    expect(() => bijection.forwardAndLogDet(x)).toThrow(
      'shifting.forward: expected a result with a function logDet, or the trait logDet: "none", received "neither"',
    );
    x.dispose();
  });

  it("claims no bound for a bias that nobody stated", () => {
    expect(shifting({ traits: { logDet: "biased" } }).bijection.traits.logDetBias).toBe(Infinity);
  });

  it("refuses the same name for a parameter and a state variable", () => {
    const shared = tidy(() => variable(tensor([0])));
    expect(() => shifting({ parameters: { scale: shared }, state: { scale: shared } })).toThrow(
      'shifting: expected different names for parameters and state, received "scale"',
    );
    shared.dispose();
  });

  it("is frozen, with default traits", () => {
    const { bijection } = shifting();
    expect(bijection.traits).toEqual({
      logDet: "exact",
      logDetBias: 0,
      inverse: "analytic",
      likelihood: "exact",
    });
    for (const part of [
      bijection,
      bijection.traits,
      bijection.parameters,
      bijection.state,
      bijection.inputShape,
    ])
      expect(Object.isFrozen(part)).toBe(true);
    expect(() => shifting({ inputShape: [0] })).toThrow(
      new ArgumentError("shifting.inputShape: expected a shape of positive integers, received [0]"),
    );
  });
});

describe("childCall", () => {
  it("extends the path and folds the key, and keeps the rest", () => {
    const observe = () => undefined;
    const child = childCall(childCall({ ...context, trace: { path: "", observe } }, "3"), "inner");
    expect(child.trace).toEqual({ path: "3.inner", observe });
    expect(child.random.key).toEqual(random.fold("3").fold("inner").key);
    expect(child.training).toBe(false);
  });

  it("adds no random key where the call has none", () => {
    expect(childCall({}, "0")).toEqual({ trace: { path: "0" } });
  });
});

describe("an empty call", () => {
  it("is enough for a layer that draws nothing", async () => {
    const { bijection } = shifting();
    const x = tensor([[1, 2]]);
    const y = bijection.forward(x);
    const { x: back } = await solveInverse(bijection, y);
    expect([...(await back.data())]).toEqual([1, 2]);
    dispose([x, y, back]);
  });

  it("is an error where a layer draws random numbers, and says what to pass", () => {
    const { bijection } = shifting({
      forward: (x, { random }) => ({ y: add(x, random.normal(x.shape)), logDet: () => sum(x, 1) }),
    });
    const x = tensor([[1, 2]]);
    expect(() => bijection.forward(x, { trace: { path: "4" } })).toThrow(
      new ArgumentError(
        'shifting (4).forward: expected call.random, because this layer draws random numbers; pass { random: createRandom(seed) }, received "none"',
      ),
    );
    x.dispose();
  });
});
