import type { Bijection } from "@invertible/bijection";
import { certify, enforce, solveInverse } from "@invertible/bijection";
import { exactLogDet, jacobianMatrix } from "@invertible/log-det";
import { NonFiniteError, NotCertifiedError } from "@invertible/errors";
import { createRandom, dispose, memory, mul, singularValues, sizeOf, tidy, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { cappedDense } from "@invertible/spectral-norm";
import { beforeAll, describe, expect, it } from "vitest";
import { newLayer } from "./stages/branch-layer.ts";
import {
  bottleneckBranch,
  denseBranch,
  denseNetBranch,
  implicitBlock,
  monotoneBlock,
  residualBlock,
  sequentialBranch,
} from "../index.ts";
import type { ContractiveBranch, DenseBranchOptions } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(71);
const dense = (more: Partial<DenseBranchOptions> = {}) =>
  denseBranch({
    features: 4,
    hidden: [6, 5],
    activation: "elu",
    coefficient: 0.9,
    preactivation: false,
    random,
    ...more,
  });
const image = (parametrisation: "capped" | "aol") =>
  bottleneckBranch({
    inputShape: [4, 3, 2],
    hidden: 5,
    activation: "lipSwish",
    coefficient: 0.97,
    preactivation: true,
    parametrisation,
    random,
  });
const denseNet = (inputShape: number[]) =>
  denseNetBranch({ inputShape, layers: 2, growth: 4, activation: "cLipSwish", coefficient: 0.97, random });

/** Weights far above their caps. */
async function stretch(branch: ContractiveBranch, tolerance = 1e-6): Promise<ContractiveBranch> {
  for (const [name, variable] of Object.entries(branch.parameters))
    if (name.endsWith("weight"))
      tidy(() => variable.assign(mul(random.fold(name).normal(variable.shape), 2)));
  await branch.refresh({ tolerance });
  return branch;
}

/** The largest singular value of the Jacobians at some points, in float64. */
async function steepest(branch: ContractiveBranch): Promise<number> {
  const [batch, d] = [30, sizeOf(branch.inputShape)];
  const all = tidy(() => {
    const { jvp } = branch.bind().linearise(random.fold("x").normal([batch, ...branch.inputShape]));
    return jacobianMatrix({ jvp, batch, shape: branch.inputShape });
  });
  const entries = await all.data().finally(() => dispose(all));
  return Math.max(
    ...Array.from({ length: batch }, (_, b) => {
      const data = Float64Array.from(entries.slice(b * d * d, (b + 1) * d * d));
      return singularValues({ rows: d, columns: d, data })[0]!;
    }),
  );
}

const table: [string, () => ContractiveBranch, number][] = [
  ["dense, capped", () => dense(), 3],
  ["dense, aol", () => dense({ parametrisation: "aol" }), 3],
  ["dense, orthogonal", () => dense({ parametrisation: "orthogonal" }), 3],
  [
    "dense, pairs, a coefficient per layer",
    () => dense({ activation: "cLipSwish", coefficient: [0.5, 1.5, 1.2] }),
    3,
  ],
  ["bottleneck, capped", () => image("capped"), 3],
  ["bottleneck, aol", () => image("aol"), 3],
  ["denseNet", () => denseNet([4]), 3],
  ["denseNet on images", () => denseNet([3, 2, 2]), 3],
];

describe.each(table)("the certificate of a branch: %s", (_, build, layers) => {
  it("bounds every Jacobian, is close to L where the caps bind, and at most L once enforced", async () => {
    const branch = await stretch(build());
    const before = await branch.certify();
    expect(before.operators).toHaveLength(layers);
    expect(before.euclidean).toBe(before.lipschitz);
    // Power iteration is converged to 1e-6, and bounds of such small operators are this tight.
    expect(before.lipschitz).toBeLessThan(branch.lipschitz * 1.001);
    const slope = await steepest(branch);
    expect(slope).toBeLessThanOrEqual(before.lipschitz);
    expect(slope).toBeGreaterThan(0.02 * before.lipschitz);

    await branch.enforce();
    const after = await branch.certify();
    expect(after.lipschitz).toBeLessThanOrEqual(branch.lipschitz);
    // The bound is not reached by crushing the weights.
    expect(after.lipschitz).toBeGreaterThan(0.9 * Math.min(before.lipschitz, branch.lipschitz));
    expect(await steepest(branch)).toBeLessThanOrEqual(after.lipschitz);
  });
});

describe("the certificate of a branch", () => {
  it("is proven once for the same weights, and again after a change", async () => {
    const operator = cappedDense({ inputs: 3, outputs: 3, coefficient: 0.8, random });
    let proofs = 0;
    const counted = {
      ...operator,
      certify: (norms: Parameters<typeof operator.certify>[0]) => {
        proofs++;
        return operator.certify(norms);
      },
    };
    const layer = newLayer({ operator: counted, fanIn: 3, conditionFeatures: 0, random });
    const branch = sequentialBranch({
      layers: [layer],
      activation: "elu",
      preactivation: true,
      config: { branch: "counted" },
    });
    const [one, two] = await Promise.all([branch.certify(), branch.certify()]);
    expect(two).toBe(one);
    expect(await branch.certify()).toBe(one);
    expect(proofs).toBe(1);
    layer.bias.assign(zeros([3]));
    await branch.certify();
    expect(proofs).toBe(2);
    branch.parameters["0.weight"]!.assign(random.fold("other").normal([3, 3]));
    await branch.refresh({ tolerance: 1e-5 });
    const changed = await branch.certify();
    expect(proofs).toBe(3);
    expect(changed.lipschitz).not.toBe(one.lipschitz);
    // A change while a proof is under way: the result of that proof is not remembered.
    const touch = () => layer.bias.assign(zeros([3]));
    touch();
    const running = branch.certify();
    touch();
    await running;
    await branch.certify();
    expect(proofs).toBe(5);
    await branch.certify();
    expect(proofs).toBe(5);
  });

  it("refuses weights that are not finite, and does not remember that", async () => {
    const branch = dense();
    const weight = branch.parameters["1.weight"]!;
    const good = weight.clone();
    weight.assign(mul(good, NaN));
    const before = memory().numTensors;
    expect(NonFiniteError.is(await branch.certify().catch((error: unknown) => error))).toBe(true);
    expect(memory().numTensors).toBe(before);
    weight.assign(good);
    expect((await branch.certify()).lipschitz).toBeLessThan(1);
  });

  it.each([1, 1.5, 3, Infinity])(
    "in the norm %d bounds quotients in that norm, and in the Euclidean one",
    async (p) => {
      const branch = await stretch(dense({ norm: p, coefficient: 0.8 }), 1e-4);
      const proven = await branch.certify();
      // Between general norms, what converges is only an estimate, and the proof is by interpolation.
      if (p === 1 || p === Infinity) expect(proven.lipschitz).toBeLessThan(branch.lipschitz * 1.001);
      const [rows, features] = [500, 4];
      for (const scale of [1e-1, 10]) {
        const [moved, apart] = tidy(() => {
          const { value } = branch.bind();
          const x = random.fold("a").normal([rows, features]);
          const step = mul(random.fold("b").normal([rows, features]), scale);
          const z = x.add(step) as Tensor;
          return [value(x).sub(value(z)) as Tensor, x.sub(z) as Tensor] as const;
        });
        const [from, to] = [await apart.data(), await moved.data()];
        for (const [norm, bound] of [
          [p, proven.lipschitz],
          [2, proven.euclidean],
        ] as const)
          for (let row = 0; row < rows; row++) {
            const part = (values: ArrayLike<number>) =>
              length(Array.from(values).slice(row * 4, row * 4 + 4), norm);
            // 1e-6 covers float32 rounding in the difference of two values of size 1.
            expect(part(to)).toBeLessThanOrEqual(bound * part(from) * (1 + 1e-5) + 1e-6);
          }
        dispose([moved, apart]);
      }
      await branch.enforce();
      expect((await branch.certify()).lipschitz).toBeLessThanOrEqual(branch.lipschitz);
    },
  );
});

describe("the certificate of a block", () => {
  it("is 1 + L and 1/(1 - L), or products of these", async () => {
    const [g, h] = [
      await stretch(dense()),
      await stretch(dense({ coefficient: 0.7, random: random.fold("h") })),
    ];
    const [{ lipschitz: a }, { lipschitz: b }] = [await g.certify(), await h.certify()];
    const close = async (block: Bijection, forward: number, inverse: number) => {
      const proven = await certify(block);
      for (const [bound, want] of [
        [proven.forward, forward],
        [proven.inverse, inverse],
      ] as const) {
        expect(bound).toBeGreaterThanOrEqual(want * (1 - 1e-15));
        expect(bound).toBeLessThan(want * (1 + 1e-14));
      }
    };
    const logDet = exactLogDet();
    await close(residualBlock({ branch: g, logDet }), 1 + a, 1 / (1 - a));
    await close(monotoneBlock({ branch: g, logDet }), (1 + a) / (1 - a), (1 + a) / (1 - a));
    const implicit = implicitBlock({ inputBranch: g, outputBranch: h, logDet });
    await close(implicit, (1 + a) / (1 - b), (1 + b) / (1 - a));
  });

  it("in another norm is larger by at most the distance between the norms", async () => {
    const branch = await stretch(dense({ norm: 1, coefficient: 0.97 }));
    const { lipschitz } = await branch.certify();
    const { forward, inverse } = await certify(residualBlock({ branch, logDet: exactLogDet() }));
    expect(inverse).toBeLessThanOrEqual((2 / (1 - lipschitz)) * (1 + 1e-14));
    expect(forward).toBeLessThanOrEqual(2 * (1 + lipschitz) * (1 + 1e-14));
  });

  it("is Infinity for an inverse that is not proven to be Lipschitz, and solveInverse refuses until enforced", async () => {
    const branch = dense();
    // The vectors of the norm belong to other weights, so the caps are too high.
    for (const [name, variable] of Object.entries(branch.parameters))
      if (name.endsWith("weight"))
        variable.assign(mul(random.fold(name).fold("new").normal(variable.shape), 2));
    const block = residualBlock({ branch, logDet: exactLogDet() });
    const y = random.normal([2, 4]);
    const solve = () => solveInverse(block, y, { random, trace: { path: "2.inner" } });
    expect((await certify(block)).inverse).toBe(Infinity);
    const before = memory().numTensors;
    const error: unknown = await solve().catch((e: unknown) => e);
    expect(NotCertifiedError.is(error)).toBe(true);
    expect((error as Error).message).toMatch(
      /^residualBlock \(2\.inner\)\.solveInverse: expected a branch that is proven to contract, received a proven Lipschitz constant of \d\S+; call enforce\(\), which holds it at 0\.729/,
    );
    expect(memory().numTensors).toBe(before);
    await enforce(block);
    const solved = await solve();
    expect(solved.evidence[0]).toMatchObject({
      converged: true,
      lipschitz: (await branch.certify()).lipschitz,
    });
    dispose(solved.x);
  });
});

function length(x: readonly number[], p: number): number {
  if (p === Infinity) return Math.max(...x.map(Math.abs));
  return x.reduce((total, value) => total + Math.abs(value) ** p, 0) ** (1 / p);
}
