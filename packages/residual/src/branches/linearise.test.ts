import { concat, createRandom, dispose, memory, mul, reshape, sum, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { describe, beforeAll, expect, it } from "vitest";
import { bottleneckBranch, denseBranch, denseNetBranch } from "../index.ts";
import type { ContractiveBranch } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(61);
const shared = { coefficient: 0.9, random } as const;

const table: [string, () => ContractiveBranch][] = [
  [
    "dense, one slope per entry",
    () => denseBranch({ ...shared, features: 3, hidden: [7], activation: "lipSwish", preactivation: true }),
  ],
  [
    "dense, pairs before the first layer",
    () => denseBranch({ ...shared, features: 3, hidden: [6, 5], activation: "cPila", preactivation: true }),
  ],
  [
    "dense, a linear layer first",
    () => denseBranch({ ...shared, features: 2, hidden: [4], activation: "sin", preactivation: false }),
  ],
  [
    "bottleneck",
    () =>
      bottleneckBranch({
        ...shared,
        inputShape: [3, 4, 2],
        hidden: 3,
        activation: "cLipSwish",
        preactivation: false,
      }),
  ],
  [
    "denseNet",
    () => denseNetBranch({ ...shared, inputShape: [3], layers: 3, growth: 4, activation: "cLipSwish" }),
  ],
  [
    "denseNet on images, conditional",
    () =>
      denseNetBranch({
        ...shared,
        inputShape: [3, 2, 2],
        layers: 2,
        growth: 3,
        activation: "elu",
        conditionFeatures: 2,
      }),
  ],
];

const [batch, copies] = [4, 3];
const rowSums = (x: Tensor): Tensor => sum(reshape(x, [x.shape[0]!, -1]), 1);
const read = (x: Tensor) => x.data() as Promise<Float32Array>;

describe.each(table)("%s, linearised at x", (_, build) => {
  const setting = () => {
    const branch = build();
    const at = (key: string, rows = batch) => random.fold(key).normal([rows, ...branch.inputShape]);
    const { conditionFeatures } = branch;
    const condition = conditionFeatures > 0 ? random.fold("c").normal([batch, conditionFeatures]) : undefined;
    return { branch, at, bind: () => branch.bind(condition) };
  };

  it("has the same bits as value", async () => {
    const { at, bind } = setting();
    const [alone, linearised] = tidy(() => [bind().value(at("x")), bind().linearise(at("x")).value] as const);
    expect(await read(linearised)).toEqual(await read(alone));
  });

  it("multiplies stacked copies of the batch as it does one", async () => {
    const { at, bind } = setting();
    for (const product of ["jvp", "vjp"] as const) {
      const [stacked, separate] = tidy(() => {
        const linearised = bind().linearise(at("x"));
        const vs = Array.from({ length: copies }, (_, s) => at(`v${s}`));
        return [
          linearised[product](concat(vs, 0)),
          concat(
            vs.map((v) => linearised[product](v)),
            0,
          ),
        ] as const;
      });
      const want = await read(separate);
      // Products of larger matrices may add up in another order.
      (await read(stacked)).forEach((value, i) => expect(Math.abs(value - want[i]!)).toBeLessThan(1e-6));
    }
  });

  it("has a vjp that is the transpose of its jvp: <w, J v> = <J' w, v> in every row", async () => {
    const { at, bind } = setting();
    const [left, right, size] = tidy(() => {
      const { jvp, vjp } = bind().linearise(at("x"));
      const [v, w] = [at("v"), at("w")];
      return [rowSums(mul(w, jvp(v))), rowSums(mul(vjp(w), v)), rowSums(mul(w, w))] as const;
    });
    const [a, b, sizes] = [await read(left), await read(right), await read(size)];
    a.forEach((value, i) => expect(Math.abs(value - b[i]!)).toBeLessThan(3e-6 * sizes[i]!));
    expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(1e-2);
  });

  it("leaves nothing behind", () => {
    const { branch, at, bind } = setting();
    const before = memory().numTensors;
    tidy(() => {
      const { jvp, vjp } = bind().linearise(at("x"));
      vjp(jvp(at("v")));
    });
    expect(memory().numTensors).toBe(before);
    dispose(Object.values({ ...branch.parameters, ...branch.state }));
  });
});
