import { createRandom, dense, dispose, matMul, reshape, tensor, tidy, transpose } from "@invertible/ops";
import type { LinearOperator, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { cappedConv2d, cappedDense, cappedDepthwiseConv2d, cappedOperator, softCap } from "../index.ts";
import type { MatrixFamily } from "./measured-family.ts";
import type { CappedOperator } from "../index.ts";
import { normGradientOf } from "../../test-support/norm-gradient.ts";

const random = createRandom(71);
const setWeight = ({ parameters: { weight } }: CappedOperator, key: number) =>
  tidy(() => weight.assign(random.fold(key).normal(weight.shape)));
/** The numbers, without the sign of zero. */
const numbers = async (x: Tensor) =>
  Array.from(await x.data().finally(() => dispose(x)), (value) => value + 0);
const shapes = ({ state }: CappedOperator) =>
  Object.fromEntries(Object.entries(state).map(([name, variable]) => [name, variable.shape]));

const coefficient = 0.2;
const norms: readonly (readonly [domain: number, codomain: number])[] = [
  [2, 2],
  [3, 1.5],
  [1.5, 3],
  [1, 1],
  [1, 2],
  [1, Infinity],
  [3, Infinity],
  [Infinity, Infinity],
];
const ofRankOne = norms.flatMap(([domain, codomain]) =>
  (
    [
      [5, 9],
      [9, 5],
      [6, 6],
    ] as const
  ).flatMap(([inputs, outputs]) => {
    const options = { outputs, coefficient, random, domain, codomain };
    const rows: [string, number, number, () => CappedOperator][] = [
      ["dense", inputs, outputs, () => cappedDense({ inputs, ...options })],
    ];
    // From other norms it grows with the number of pixels, and is not that of the matrix.
    if (domain <= codomain)
      rows.push([
        "1x1 convolution",
        ...([inputs, outputs] as const),
        () => cappedConv2d({ inputShape: [3, 2, inputs], kernelSize: 1, ...options }),
      ]);
    return rows.map(
      ([name, ...row]) => [`${name} ${inputs} -> ${outputs}, l_${domain} to l_${codomain}`, ...row] as const,
    );
  }),
);

describe.each(["cpu", "wasm"] as const)("a layer of rank one (%s)", (backend) => {
  beforeAll(() => startBackend(backend));

  it.each(ofRankOne)(
    "keeps two vectors, and their outer product, rounded once, bounds the weight bit for bit: %s",
    async (_, inputs, outputs, build) => {
      const capped = build();
      const { weight } = capped.parameters;
      expect(shapes(capped)).toEqual({
        inputSingularVector: [1, inputs],
        outputSingularVector: [1, outputs],
      });
      const check = async () => {
        const v = await capped.state["inputSingularVector"]!.data();
        const u = await capped.state["outputSingularVector"]!.data();
        const gradient = Array.from(v).flatMap((input) =>
          Array.from(u, (output) => Math.fround(input * output)),
        );
        expect(await numbers(normGradientOf(capped))).toEqual(gradient.map((value) => value + 0));
        const stored = tensor(gradient, weight.shape);
        const structure = capped.bind().structure!;
        const bound = structure.kind === "dense" ? structure.weight : structure.kernel;
        expect(await numbers(bound)).toEqual(await numbers(softCap(weight, stored, coefficient)));
        // The cap is active, so that the gradient matters.
        expect(await numbers(capped.norm()).then(([sigma]) => sigma)).toBeGreaterThan(coefficient);
        dispose(stored);
      };
      await check();
      setWeight(capped, 1);
      await capped.refresh({ iterations: 2 });
      await check();
      setWeight(capped, 2);
      await capped.refresh({ tolerance: 1e-6 });
      await check();
    },
  );
});

/** A dense layer 7 -> 4 of a family of one's own, whose weight is the transposed matrix. */
function ownLayer(matrix?: MatrixFamily, rankOne = true, outputShape = [4]): CappedOperator {
  const own = {
    inputShape: [7],
    outputShape,
    operator(weight: Tensor): LinearOperator {
      const { apply, adjoint } = dense(transpose(weight));
      return {
        ...{ inputShape: [7], outputShape },
        apply: (x) => reshape(apply(x), [-1, ...outputShape]),
        adjoint: (y) => adjoint(reshape(y, [-1, 4])),
      };
    },
    normGradient: (u: Tensor, v: Tensor) => matMul(reshape(u, [1, 4]), v, true, false),
    rankOne,
    ...(matrix && { matrix }),
  };
  return cappedOperator(
    {
      ...{ ...own, name: "own", coefficient, measured: own, weightShape: [4, 7] },
      initialWeight: () => random.fold("own").normal([4, 7]),
    },
    random,
  );
}

describe("what a layer keeps", () => {
  beforeAll(() => startBackend("wasm"));

  it.each<[string, () => CappedOperator, object]>([
    [
      "a 3x3 convolution",
      () => cappedConv2d({ inputShape: [4, 4, 2], outputs: 5, kernelSize: 3, coefficient, random }),
      { normGradient: [3, 3, 2, 5], singularVector: [1, 4, 4, 2] },
    ],
    [
      "a depthwise convolution with a closed form",
      () => cappedDepthwiseConv2d({ inputShape: [4, 4, 2], kernelSize: 3, coefficient, random, domain: 1 }),
      { normGradient: [3, 3, 2] },
    ],
    [
      "a 1x1 convolution whose norm grows with the number of pixels",
      () =>
        cappedConv2d({
          ...{ inputShape: [2, 2, 3], outputs: 4, kernelSize: 1, coefficient, random },
          ...{ domain: 3, codomain: 2 },
        }),
      { normGradient: [1, 1, 3, 4], singularVector: [1, 2, 2, 3] },
    ],
  ])("is the gradient in the shape of the kernel: %s", (_, build, expected) => {
    expect(shapes(build())).toEqual(expected);
  });

  it("is two vectors for a family of one's own that says so, whatever the order of its weight", async () => {
    const capped = ownLayer();
    expect(shapes(capped)).toEqual({ inputSingularVector: [1, 7], outputSingularVector: [1, 4] });
    const same = cappedDense({ inputs: 7, outputs: 4, coefficient, random });
    tidy(() => same.parameters.weight.assign(transpose(capped.parameters.weight)));
    await same.refresh({ tolerance: 1e-6 });
    const [sigma, expected] = [await numbers(capped.norm()), await numbers(same.norm())];
    expect(Math.abs(sigma[0]! / expected[0]! - 1)).toBeLessThan(1e-6); // The same sum in another order.
  });

  it("is the same for a family that names its matrix, which must fit its shapes", async () => {
    const matrix = { rows: 4, columns: 7, transposed: true };
    expect(() => ownLayer({ ...matrix, transposed: false })).toThrow(
      "own: measured.matrix: expected a matrix with the 28 weights, from 7 to 4 numbers, received",
    );
    const composed = ownLayer();
    await composed.refresh({ iterations: 3 });
    const expected = await numbers(composed.norm());
    for (const layer of [ownLayer(matrix), ownLayer(matrix, false), ownLayer(matrix, true, [2, 2])]) {
      const kept = shapes(layer);
      await layer.refresh({ iterations: 3 });
      expect(shapes(layer)).toEqual(kept);
      expect(Math.abs((await numbers(layer.norm()))[0]! / expected[0]! - 1)).toBeLessThan(1e-6);
    }
  });
});

describe.each<[string, () => CappedOperator]>([
  ["dense 5 -> 9", () => cappedDense({ inputs: 5, outputs: 9, coefficient, random })],
  ["dense 9 -> 5", () => cappedDense({ inputs: 9, outputs: 5, coefficient, random })],
  [
    "dense 9 -> 5, l_3 to l_1.5",
    () => cappedDense({ inputs: 9, outputs: 5, coefficient, random, domain: 3, codomain: 1.5 }),
  ],
  [
    "a 3x3 convolution",
    () => cappedConv2d({ inputShape: [5, 5, 2], outputs: 7, kernelSize: 3, coefficient, random }),
  ],
])("the state of %s", (_, build) => {
  beforeAll(() => startBackend("wasm"));

  it("determines all that follows, together with the weight", async () => {
    const [one, other] = [build(), build()];
    setWeight(one, 3);
    await one.refresh({ iterations: 1 });
    other.parameters.weight.assign(one.parameters.weight);
    for (const [name, variable] of Object.entries(one.state)) other.state[name]!.assign(variable);
    const image = (capped: CappedOperator) =>
      numbers(tidy(() => capped.bind().apply(random.fold("x").normal([2, ...capped.inputShape]))));
    expect(await image(other)).toEqual(await image(one));
    for (const capped of [one, other]) await capped.refresh({ iterations: 3 });
    expect(await image(other)).toEqual(await image(one));
    for (const [name, variable] of Object.entries(one.state))
      expect(await other.state[name]!.data()).toEqual(await variable.data());
  });

  it("belongs to the weight until that changes, and again once all of it was assigned to", async () => {
    const capped = build();
    expect(capped.isFresh()).toBe(true);
    setWeight(capped, 4);
    expect(capped.isFresh()).toBe(false);
    await capped.refresh({ iterations: 1 });
    expect(capped.isFresh()).toBe(true);
    setWeight(capped, 5);
    for (const variable of Object.values(capped.state)) {
      expect(capped.isFresh()).toBe(false);
      tidy(() => variable.assign(variable.mul(1)));
    }
    expect(capped.isFresh()).toBe(true);
    setWeight(capped, 6);
    expect(capped.isFresh()).toBe(false);
  });
});
