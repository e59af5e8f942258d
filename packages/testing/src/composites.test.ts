import { initialise, solveInverse } from "@invertible/bijection";
import {
  bijectionTypes,
  chain,
  defineBijection,
  defineComposite,
  describeLayer,
  disposeBijection,
  flatten,
  invert,
  layerWithoutLogDet,
  rebuild,
  factorOut,
} from "@invertible/bijection";
import type { Bijection, Observation } from "@invertible/bijection";
import { ArgumentError, ShapeError, UnsupportedError } from "@invertible/errors";
import { createRandom, memory, reshape, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { describeBijection } from "./describe-bijection.ts";
import { soundEstimated } from "./mutants/sound/sound-estimated.ts";
import { soundInjective } from "./mutants/sound/sound-injective.ts";
import { soundIterative } from "./mutants/sound/sound-iterative.ts";
import { soundCoupling, soundType } from "./mutants/sound/sound-coupling.ts";

const sound = () => defineBijection(soundCoupling());
const iterative = () => defineBijection(soundIterative());
const injective = () => defineBijection(soundInjective());
const types = [...bijectionTypes, soundType];

describeBijection("chain", () => chain([sound(), sound(), sound()]), { types });
describeBijection("chain of chains", () => chain([chain([sound()]), chain([sound(), sound()])]), { types });
describeBijection("chain, iterative", () => chain([iterative(), iterative()]));
describeBijection("chain, estimated", () => chain([defineBijection(soundEstimated()), iterative()]), {
  keys: 400,
});
describeBijection("invert", () => invert(sound()), { types });
describeBijection("invert, iterative", () => invert(iterative()), {
  // Its forward is the inner layer's fixed number of steps: right to rounding, which finite differences multiply.
  tolerances: { gradient: 5e-3 },
});
describeBijection("flatten", () => flatten({ inputShape: [2, 3, 2] }), { types });
describeBijection("invert, injective", () => invert(injective()), {
  backends: ["wasm"],
  // What the inner map appends, its inverse drops.
  deadParameters: ["inner.weight"],
});
describeBijection("chain, injective and iterative", () => chain([iterative(), injective()]), {
  backends: ["wasm"],
});
describeBijection(
  "factorOut, injective inside",
  () => factorOut({ inputShape: [6], leaving: "first", inner: injective() }),
  { backends: ["wasm"] },
);
const splitSound = (leaving: "first" | "second", inner: Bijection = sound()) =>
  factorOut({ inputShape: [8], leaving, inner });
describeBijection("factorOut, first leaves", () => splitSound("first"), { types });
describeBijection("factorOut, second leaves", () => splitSound("second"), { types });
describeBijection(
  "factorOut, images and nested",
  () => {
    const inner = chain([flatten({ inputShape: [2, 2, 2] }), splitSound("second")]);
    return factorOut({ inputShape: [2, 2, 4], leaving: "first", inner });
  },
  { types },
);

describe("composites", () => {
  beforeAll(() => startBackend("wasm"));
  const random = createRandom(5);

  /** Builds, uses, frees; and checks that nothing else stays. */
  async function using(build: () => Bijection, use: (bijection: Bijection) => unknown) {
    const before = memory().numTensors;
    const bijection = build();
    await use(bijection);
    disposeBijection(bijection);
    expect(memory().numTensors).toBe(before);
  }

  it("names parameters and paths by position", () =>
    using(
      () => chain([sound(), splitless()]),
      (bijection) => {
        expect(Object.keys(bijection.parameters)).toEqual([
          "0.logScale",
          "0.weight",
          "0.shift",
          "1.inner.logScale",
          "1.inner.weight",
          "1.inner.shift",
        ]);
        expect(Object.keys(bijection.state)).toEqual(["0.calls", "1.inner.calls"]);
        const seen: string[] = [];
        const observe = ({ path, layer, tensor: which }: Observation) =>
          seen.push(`${path}:${layer}:${which}`);
        const x = random.normal([2, 4]);
        const { y, logDet } = bijection.forwardAndLogDet(x, { random, trace: { path: "", observe } });
        expect(seen).toEqual([
          "0:sound:y",
          "0:sound:logDet",
          "1.inner:sound:x",
          "1.inner:sound:logDet",
          "1:invert:y",
          "1:invert:logDet",
          ":chain:y",
          ":chain:logDet",
        ]);
        [x, y, logDet].forEach((t) => t.dispose());
      },
    ));
  const splitless = () => invert(sound());

  it("takes the weakest traits", () =>
    using(
      () => chain([flatten({ inputShape: [3] }), defineBijection(soundEstimated()), iterative()]),
      ({ traits }) =>
        expect(traits).toEqual({
          logDet: "unbiased",
          logDetBias: 0,
          inverse: "iterative",
          likelihood: "exact",
        }),
    ));

  it("adds up the biases, and hands an inner one on", () => {
    const biased = (logDetBias: number) =>
      defineBijection({ ...soundEstimated(), traits: { logDet: "biased", logDetBias } });
    return using(
      () => chain([biased(0.25), invert(biased(0.5))]),
      (both) => {
        expect(both.traits).toMatchObject({ logDet: "biased", logDetBias: 0.75 });
        const outer = factorOut({ inputShape: [6], leaving: "first", inner: both });
        expect(outer.traits).toMatchObject({ logDet: "biased", logDetBias: 0.75 });
      },
    );
  });

  it("has no log-det where a part has none, and names the first such part", () =>
    using(
      () => chain([defineBijection(soundEstimated()), chain([iterative(), injective()])]),
      async (bijection) => {
        expect(bijection.traits).toMatchObject({ logDet: "none", logDetBias: 0, inverse: "iterative" });
        expect(layerWithoutLogDet(bijection, "outer")?.path).toBe("outer.1.1");
        const x = random.normal([2, 3]);
        const y = bijection.forward(x);
        const back = bijection.inverse(y);
        const message =
          "expected parts with a log-det, received soundInjective (7.1.1), whose trait says it has none";
        const call = { random, trace: { path: "7" } };
        expect(() => bijection.forwardAndLogDet(x, call)).toThrow(`chain (7).forwardAndLogDet: ${message}`);
        expect(() => bijection.inverseAndLogDet(y, call)).toThrow(`chain (7).inverseAndLogDet: ${message}`);
        [x, y, back].forEach((t) => t.dispose());
      },
    ));

  it("may say by itself that it has no log-det", () =>
    using(
      () =>
        defineComposite({
          name: "secretive",
          inputShape: [4],
          outputShape: [4],
          parts: [{ key: "inner", bijection: sound() }],
          traits: { logDet: "none" },
          config: {},
        }),
      (bijection) => {
        const x = random.normal([1, 4]);
        expect(() => bijection.forwardAndLogDet(x)).toThrow(
          "secretive.forwardAndLogDet: expected a layer with a log-det, received one whose trait says it has none",
        );
        expect(layerWithoutLogDet(bijection.parts[0]!.bijection)).toBeUndefined();
        x.dispose();
      },
    ));

  it("gives every part a key of its own", async () => {
    const keys: string[] = [];
    const spy = () => {
      const inner = soundCoupling();
      return defineBijection({
        ...inner,
        forward: (x, call) => (keys.push(call.random.key.join()), inner.forward(x, call)),
      });
    };
    await using(
      () => chain([spy(), spy(), invert(invert(spy()))]),
      (bijection) => {
        const x = random.normal([1, 4]);
        bijection.forward(x, { random, training: false }).dispose();
        x.dispose();
      },
    );
    expect(new Set(keys).size).toBe(3);
  });

  it("starts each part on the batch that reaches it", async () => {
    const starts: number[][] = [];
    const adding = (by: number) =>
      defineBijection({
        name: "adding",
        inputShape: [2],
        outputShape: [2],
        config: {},
        forward: (x) => ({ y: x.add(by), logDet: () => x.sum(1).mul(0) }),
        inverse: (y) => ({ x: y.sub(by), logDet: () => y.sum(1).mul(0) }),
        starter: { start: async (x) => void starts.push([...(await x.data())]) },
      });
    await using(
      () => chain([adding(1), adding(10), adding(100)]),
      async (bijection) => {
        const x = tensor([[0, 1]]);
        await initialise(bijection, x, { random, training: false });
        x.dispose();
      },
    );
    expect(starts).toEqual([
      [0, 1],
      [1, 2],
      [11, 12],
    ]);
  });

  it("initialises and inverts the inside of a split on its own half", () =>
    using(
      () => factorOut({ inputShape: [6], leaving: "second", inner: iterative() }),
      async (bijection) => {
        const call = { random, training: false } as const;
        const x = tensor([[1, 2, 3, 7, 8, 9]]);
        await initialise(bijection, x, call);
        const y = bijection.forward(x, call);
        expect([...(await y.data())].slice(0, 3)).toEqual([7, 8, 9]);
        const { x: back, evidence } = await solveInverse(bijection, y, call);
        expect(evidence.map(({ path, layer, converged }) => ({ path, layer, converged }))).toEqual([
          { path: "inner", layer: "soundIterative", converged: true },
        ]);
        [...(await back.data())].forEach((value, i) => expect(value).toBeCloseTo([1, 2, 3, 7, 8, 9][i]!, 4));
        [x, y, back].forEach((t) => t.dispose());
      },
    ));

  it("collects evidence in the order of inversion", () =>
    using(
      () => chain([iterative(), iterative()]),
      async (bijection) => {
        const y = random.normal([2, 3]);
        const { x, evidence } = await solveInverse(bijection, y, { random, training: false });
        expect(evidence.map(({ path }) => path)).toEqual(["1", "0"]);
        [x, y].forEach((t) => t.dispose());
      },
    ));

  it("says where neighbours do not fit", () => {
    const parts = [flatten({ inputShape: [2, 3] }), flatten({ inputShape: [5] })];
    const build = () => chain(parts);
    expect(build).toThrow("chain: flatten (0) -> flatten (1): expected [5], received [6]");
    expect(ShapeError.is(caught(build))).toBe(true);
    expect(() => chain([])).toThrow("chain: expected at least one part, received");
  });

  it("refuses parts that share a variable", () => {
    const part = sound();
    const error = caught(() => chain([part, part]));
    expect(ArgumentError.is(error)).toBe(true);
    expect(String(error)).toContain("0.logScale and 1.logScale");
    disposeBijection(part);
  });

  it("refuses what it cannot split or invert", () => {
    const inner = flatten({ inputShape: [3] });
    expect(() => factorOut({ inputShape: [7], leaving: "first", inner })).toThrow(
      "factorOut.inputShape: expected an even last axis",
    );
    expect(() => factorOut({ inputShape: [8], leaving: "first", inner })).toThrow(
      "factorOut -> flatten: expected [4], received [3]",
    );
    expect(() => factorOut({ inputShape: [6], leaving: "third" as "first", inner })).toThrow(
      'factorOut.leaving: expected "first" or "second"',
    );
    const oneWay = defineBijection({
      name: "oneWay",
      inputShape: [2],
      outputShape: [2],
      traits: { inverse: "none" },
      config: {},
      forward: (x) => ({ y: x, logDet: () => x.sum(1) }),
      inverse: (y) => ({ x: y, logDet: () => y.sum(1) }),
    });
    expect(UnsupportedError.is(caught(() => invert(oneWay)))).toBe(true);
    const y = random.normal([1, 2]);
    expect(UnsupportedError.is(caught(() => oneWay.inverseAndLogDet(y, { random, training: false })))).toBe(
      true,
    );
    y.dispose();
  });

  it("rebuilds only what it was told, and checks untrusted descriptions", () => {
    const layer = "chain";
    const build = (config: object) => () => rebuild({ layer, config: config as never }, types, random);
    expect(build({ parts: [{ layer: "other", config: {} }] })).toThrow(
      'rebuild: expected a layer among [chain, factorOut, flatten, invert, sound, split], received "other"',
    );
    expect(build({})).toThrow("chain.parts: expected an array, received undefined");
    expect(build({ parts: [null] })).toThrow("chain.parts[0]: expected a layer description, received null");
    expect(build({ parts: [{ layer: 3, config: {} }] })).toThrow(
      "chain.parts[0].layer: expected a layer name, received 3",
    );
    expect(build({ parts: [{ layer: "flatten", config: { inputShape: [2, "3"] } }] })).toThrow(
      'flatten.inputShape: expected integers, received "3"',
    );
    expect(build({ parts: [{ layer: "flatten", config: { inputShape: [0] } }] })).toThrow(
      "flatten.inputShape: expected",
    );
    expect(build(JSON.parse('{"__proto__": {"parts": []}}') as object)).toThrow(
      "chain.parts: expected an array",
    );
  });

  it("describes itself in JSON", () =>
    using(
      () => factorOut({ inputShape: [4], leaving: "first", inner: flatten({ inputShape: [2] }) }),
      (bijection) =>
        expect(describeLayer(bijection)).toEqual({
          layer: "factorOut",
          config: {
            inputShape: [4],
            leaving: "first",
            inner: { layer: "flatten", config: { inputShape: [2] } },
          },
        }),
    ));

  it("hands out results that outlive the input where nothing is computed", async () => {
    const x = random.normal([2, 3]);
    const y = flatten({ inputShape: [3] }).forward(x, { random, training: false });
    x.dispose();
    expect((await y.data()).length).toBe(6);
    reshape(y, [6]).dispose();
    y.dispose();
  });
});

function caught(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
