import { certify, solveInverse } from "@invertible/bijection";
import type { Call, SolveCall } from "@invertible/bijection";
import { exactLogDet, powerSeries } from "@invertible/log-det";
import {
  createRandom,
  dispose,
  jacobianRows,
  matrix64,
  mul,
  singularValues,
  sum,
  tensor,
  valueAndGradients,
  variable,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { affineBranch, logDetOf, plusIdentity, solved } from "../../test-support/affine-branch.ts";
import { denseBranch, denseNetBranch, monotoneBlock, residualBlock } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(91);
const context: Call = { random, training: false };
const solving: SolveCall = { random, training: false };

/** g(x) = x A with |A| = 0.9 for a given direction of A. */
async function linear(direction: number[][]) {
  const features = direction.length;
  const branch = denseBranch({
    features,
    hidden: [features],
    activation: "identity",
    coefficient: [0.9, 1],
    preactivation: false,
    random,
  });
  const identity = direction.map((_, i) => direction.map((_, j) => (i === j ? 1 : 0)));
  const values = { "0.weight": mul(tensor(direction), 5), "1.weight": tensor(identity) };
  for (const [name, value] of Object.entries(values)) branch.parameters[name]!.assign(value as Tensor);
  for (const i of [0, 1])
    branch.parameters[`${i}.bias`]!.assign(mul(branch.parameters[`${i}.bias`]!, 0) as Tensor);
  await branch.refresh({ tolerance: 1e-7 });
  return branch;
}

describe("monotoneBlock", () => {
  it("is (I - g) o (I + g)^-1 as computed from a float64 linear system, both ways, with log-det and evidence", async () => {
    const affine = await affineBranch(3, 0.95, random.fold("g"));
    const block = monotoneBlock({ branch: affine.branch, logDet: exactLogDet() });
    const x = random.fold("points").normal([5, 3]);
    /** The map sqrt2 w - x with w + s (A w + b) = sqrt2 x. */
    const cayley = (row: readonly number[], s: number) => {
      const target = row.map((value, i) => Math.SQRT2 * value - s * affine.offset[i]!);
      return solved(plusIdentity(affine, s), target).map((w, i) => Math.SQRT2 * w - row[i]!);
    };
    const expected = logDetOf(plusIdentity(affine, -1)) - logDetOf(plusIdentity(affine));
    expect(Math.abs(expected)).toBeGreaterThan(0.1);

    const { y, logDet } = block.forwardAndLogDet(x, context);
    const [xs, ys] = [(await x.array()) as number[][], (await y.array()) as number[][]];
    xs.forEach((row, b) =>
      cayley(row, 1).forEach((value, i) => expect(Math.abs(ys[b]![i]! - value)).toBeLessThan(3e-5)),
    );
    for (const value of await logDet.data()) expect(Math.abs(value - expected)).toBeLessThan(1e-5);
    const back = block.inverseAndLogDet(y, context);
    for (const value of await back.logDet.data()) expect(Math.abs(value + expected)).toBeLessThan(1e-5);

    // The smaller tolerance is one that float32 can reach for the smaller rows. |y| is near 40 here, and 1/(1 - L) is 10.
    for (const [tolerance, scale] of [
      [1e-2, 1],
      [1e-4, 0.25],
    ] as const) {
      const targets = mul(y, scale) as Tensor;
      const rows = (await targets.array()) as number[][];
      const { x: got, evidence } = await solveInverse(block, targets, { ...solving, tolerance });
      expect(evidence[0]).toMatchObject({ layer: "monotoneBlock", converged: true });
      expect(evidence[0]!.lipschitz).toBe((await affine.branch.certify()).lipschitz);
      const gots = (await got.array()) as number[][];
      rows.forEach((row, b) => {
        const error = Math.hypot(...cayley(row, -1).map((value, i) => value - gots[b]![i]!));
        const { errorBound } = evidence[0]!.rows[b]!;
        expect(error).toBeLessThanOrEqual(errorBound);
        expect(errorBound).toBeLessThanOrEqual(tolerance);
      });
    }
  });

  it("attains its certificate (1 + L)/(1 - L), far beyond a residual block's 2", async () => {
    const branch = await linear([
      [-1, 0],
      [0, 0.3],
    ]);
    const block = monotoneBlock({ branch, logDet: exactLogDet() });
    const jacobian = await jacobianRows((x) => block.forward(x, context), random.normal([1, 2])).data();
    const steepest = singularValues(matrix64(2, 2, jacobian))[0]!;
    const { forward, inverse } = await certify(block);
    expect(inverse).toBe(forward);
    expect(forward).toBeGreaterThan(18.9);
    expect(steepest).toBeGreaterThan(forward * 0.999);
    // 1e-5 covers float32 rounding, multiplied by 1/(1 - L).
    expect(steepest).toBeLessThan(forward * (1 + 1e-5));
  });

  it("has no noise from even powers: an estimate is exact for a skew Jacobian, where a residual block's is not", async () => {
    const branch = await linear([
      [0, 1, 0],
      [-1, 0, 0.5],
      [0, -0.5, 0],
    ]);
    const logDet = powerSeries({ terms: 8, distribution: "gaussian" });
    const x = random.fold("skew").normal([20, 3]);
    const of = async (block: typeof monotoneBlock | typeof residualBlock) =>
      Math.max(...(await block({ branch, logDet }).forwardAndLogDet(x, context).logDet.abs().data()));
    expect(await of(monotoneBlock)).toBeLessThan(1e-5);
    expect(await of(residualBlock)).toBeGreaterThan(0.1);
  });

  it("has the gradients of its recorded steps by the implicit function theorem", async () => {
    const branch = denseNetBranch({
      inputShape: [3],
      layers: 2,
      growth: 4,
      activation: "cPila",
      coefficient: 0.9,
      conditionFeatures: 2,
      random,
    });
    const [x, condition] = [
      variable(random.fold("at").normal([4, 3])),
      variable(random.fold("c").normal([4, 2])),
    ];
    const named = { ...branch.parameters, x, condition };
    for (const direction of ["forward", "inverse"] as const) {
      const of = async (gradient: "implicit" | "unrolled") => {
        const block = monotoneBlock({
          branch,
          logDet: exactLogDet(),
          inverse: { gradient, tolerance: 1e-7 },
        });
        const { value, gradients } = valueAndGradients(() => {
          const result: Record<string, Tensor> = block[`${direction}AndLogDet`](x, { ...context, condition });
          return Object.values(result).reduce<Tensor>(
            (total, each) => total.add(sum(mul(each, random.fold(each.rank).normal(each.shape)))) as Tensor,
            tensor(0),
          );
        }, Object.values(named));
        const numbers = await Promise.all(gradients.map((each) => each.data()));
        dispose([value, ...gradients]);
        return numbers;
      };
      const [implicit, unrolled] = [await of("implicit"), await of("unrolled")];
      Object.keys(named).forEach((name, i) => {
        const size = Math.max(...unrolled[i]!.map(Math.abs));
        expect(size, name).toBeGreaterThan(1e-4);
        unrolled[i]!.forEach((value, at) =>
          expect(Math.abs(implicit[i]![at]! - value), `${direction}: ${name}[${at}]`).toBeLessThan(
            1e-4 * Math.max(size, 1),
          ),
        );
      });
    }
  });

  it("claims the biases of both its log-dets", async () => {
    const branch = await linear([[1]]);
    const logDet = powerSeries({ terms: 3 });
    const bias = logDet.bias({ lipschitz: branch.lipschitz, dimension: 1 });
    expect(monotoneBlock({ branch, logDet }).traits.logDetBias).toBe(2 * bias);
  });
});
