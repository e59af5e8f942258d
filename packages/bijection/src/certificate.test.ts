import { UnsupportedError } from "@invertible/errors";
import { createRandom, memory, mul, ones, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bijection } from "./bijection.ts";
import { knownBounds } from "./lipschitz-control.ts";
import type { LipschitzBounds } from "./lipschitz-control.ts";
import { chain } from "./composites/chain.ts";
import { defineBijection } from "./define-bijection.ts";
import type { BijectionDefinition } from "./define-bijection.ts";
import { certify, enforce, isFresh } from "./walks/lipschitz.ts";
import { solveInverse } from "./walks/solve-inverse.ts";
import { flatten } from "./composites/flatten.ts";
import { invert } from "./composites/invert.ts";
import { factorOut } from "./composites/factor-out.ts";

/** An identity on [features] that claims these bounds. */
function claiming(bounds: LipschitzBounds, features = 2, more: Partial<BijectionDefinition> = {}): Bijection {
  const noChange = (batch: number) => mul(ones([batch]), 0);
  return defineBijection({
    name: "claiming",
    inputShape: [features],
    outputShape: [features],
    config: {},
    forward: (x) => ({ y: x, logDet: () => noChange(x.shape[0]!) }),
    inverse: (y) => ({ x: y, logDet: () => noChange(y.shape[0]!) }),
    lipschitz: knownBounds(() => bounds),
    ...more,
  });
}

const nothing = { forward: Infinity, inverse: Infinity };

describe("certificates", () => {
  beforeAll(() => startBackend("cpu"));

  it("name the layer they belong to, and are infinite where nothing is proven", async () => {
    const bounds = { forward: 2, inverse: 3 };
    expect(await certify(claiming(bounds))).toEqual({
      ...bounds,
      layers: [{ path: "", layer: "claiming", ...bounds }],
    });
    const silent = defineBijection({
      name: "silent",
      inputShape: [1],
      outputShape: [1],
      config: {},
      forward: (x) => ({ y: x, logDet: () => ones([1]) }),
      inverse: (y) => ({ x: y, logDet: () => ones([1]) }),
    });
    expect(await certify(silent)).toEqual({
      ...nothing,
      layers: [{ path: "", layer: "silent", ...nothing }],
    });
    await expect(enforce(silent)).resolves.toBeUndefined();
  });

  it("multiply along a chain, rounded up, under the same paths as parameters", async () => {
    const parts = [claiming({ forward: 2, inverse: 3 }), claiming({ forward: 0.1, inverse: 10 })];
    const before = memory().numTensors;
    const { forward, inverse, layers } = await certify(chain([chain(parts), invert(parts[0]!)]));
    expect(memory().numTensors).toBe(before);
    // The products are 2 * 0.1 * 3 and 3 * 10 * 2. They are rounded up, as the double 0.1 is above 1/10.
    expect(forward).toBeGreaterThan(0.6);
    expect(forward).toBeLessThan(0.6 * (1 + 1e-14));
    expect(inverse).toBeGreaterThanOrEqual(60);
    expect(inverse).toBeLessThan(60 * (1 + 1e-14));
    expect(layers).toEqual([
      { path: "0.0", layer: "claiming", forward: 2, inverse: 3 },
      { path: "0.1", layer: "claiming", forward: 0.1, inverse: 10 },
      { path: "1.inner", layer: "claiming", forward: 3, inverse: 2 },
    ]);
    const placed = await certify(chain([chain(parts), parts[0]!]), "model");
    expect(placed.layers.map(({ path }) => path)).toEqual(["model.0.0", "model.0.1", "model.1"]);
    expect((await certify(parts[0]!, "model")).layers[0]!.path).toBe("model");
  });

  it("rest on fresh estimates only if those of every layer are, and every layer is asked", () => {
    const asked: string[] = [];
    const layer = (name: string, fresh: boolean) =>
      claiming(nothing, 2, {
        lipschitz: {
          ...knownBounds(() => nothing),
          isFresh: () => {
            asked.push(name);
            return fresh;
          },
        },
      });
    const [stale, fresh] = [layer("stale", false), layer("fresh", true)];
    expect(isFresh(chain([fresh, chain([stale]), fresh]))).toBe(false);
    expect(asked).toEqual(["fresh", "stale", "fresh"]);
    // A layer without estimates has none that could be old.
    expect(isFresh(chain([fresh, claiming(nothing)]))).toBe(true);
  });

  it("stay rounded up where products underflow, and are infinite where one factor is", async () => {
    const tiny = { forward: 1e-300, inverse: Infinity };
    const product = await certify(chain([claiming(tiny), claiming(tiny), claiming(nothing)]));
    expect(product.forward).toBe(Infinity);
    expect(product.inverse).toBe(Infinity);
    expect((await certify(chain([claiming(tiny), claiming(tiny)]))).forward).toBeGreaterThan(0);
  });

  it("of an inverted chain list the layers in reverse order with the two directions exchanged", async () => {
    const inner = chain([claiming({ forward: 2, inverse: 3 }), claiming({ forward: 5, inverse: 7 })]);
    const { layers } = await certify(invert(inner));
    expect(layers).toEqual([
      { path: "inner.1", layer: "claiming", forward: 7, inverse: 5 },
      { path: "inner.0", layer: "claiming", forward: 3, inverse: 2 },
    ]);
  });

  it("of factorOut are at least 1, because the leaving half does not change", async () => {
    const halved = (bounds: LipschitzBounds) =>
      certify(factorOut({ inputShape: [4], leaving: "first", inner: claiming(bounds) }));
    expect(await halved({ forward: 0.5, inverse: 8 })).toMatchObject({
      forward: 1,
      layers: [{ path: "inner", layer: "claiming", forward: 0.5, inverse: 8 }],
    });
    expect((await halved({ forward: 3, inverse: 0.5 })).inverse).toBe(1);
    expect((await halved({ forward: 3, inverse: 0.5 })).forward).toBeGreaterThanOrEqual(3);
  });

  it("of flatten are 1", async () => {
    expect(await certify(flatten({ inputShape: [2, 3] }))).toMatchObject({ forward: 1, inverse: 1 });
  });
});

describe("the walks of enforce and solveInverse", () => {
  beforeAll(() => startBackend("cpu"));

  it("reach every part of every composite", async () => {
    const enforced: string[] = [];
    const methods: string[] = [];
    const spy = (name: string, features: number) =>
      claiming(nothing, features, {
        lipschitz: { ...knownBounds(() => nothing), enforce: async () => void enforced.push(name) },
        solver: {
          methods: ["slow", "quick"],
          solve: async (y, { path }, { method }) => {
            methods.push(`${path} ${method}`);
            return { x: y.clone(), evidence: [] };
          },
        },
      });
    const model = chain([
      spy("a", 4),
      factorOut({ inputShape: [4], leaving: "second", inner: chain([spy("b", 2)]) }),
      invert(spy("c", 4)),
    ]);
    await enforce(model);
    expect(enforced).toEqual(["a", "b", "c"]);
    const y = tensor([[1, 2, 3, 4]]);
    const context = { random: createRandom(1), training: false } as const;
    const { x } = await solveInverse(model, y, { ...context, method: "quick" });
    expect(methods).toEqual(["1.inner.0 quick", "0 quick"]);
    x.dispose();
    y.dispose();
  });

  it("pass on an error that a part throws", async () => {
    const failing = claiming(nothing, 2, {
      lipschitz: knownBounds(() =>
        Promise.reject(new UnsupportedError("certifyOperator: expected weights, received none")),
      ),
    });
    await expect(certify(chain([claiming(nothing), failing]))).rejects.toThrow(UnsupportedError);
  });
});
