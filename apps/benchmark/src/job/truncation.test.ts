import { chain, split } from "@invertible/bijection";
import { actNorm } from "@invertible/layers";
import { exact, powerSeries, truncationBound } from "@invertible/log-det";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { bottleneckBranch, denseBranch, residualBlock } from "@invertible/residual";
import { beforeAll, describe, expect, it } from "vitest";
import { truncationOf } from "./truncation.ts";

describe("truncationOf", () => {
  beforeAll(() => startBackend("wasm"));
  const random = createRandom(1);
  const series = (terms: number) => ({
    logDet: exact(),
    evaluationLogDet: powerSeries({ terms, probes: 2 }),
  });

  it("adds the bounds of all residual blocks, also inside a split", () => {
    const options = { hidden: 4, activation: "elu", coefficient: 0.8, preactivation: true, random } as const;
    const outer = bottleneckBranch({ ...options, inputShape: [2, 2, 4] });
    const inner = bottleneckBranch({ ...options, inputShape: [2, 2, 2], coefficient: 0.9 });
    const bijection = chain([
      residualBlock({ branch: outer, ...series(7) }),
      split({
        inputShape: [2, 2, 4],
        leaving: "first",
        inner: chain([actNorm({ inputShape: [2, 2, 2] }), residualBlock({ branch: inner, ...series(9) })]),
      }),
    ]);
    const bound =
      truncationBound({ lipschitz: outer.lipschitz, dimension: 16, terms: 7 }) +
      truncationBound({ lipschitz: inner.lipschitz, dimension: 8, terms: 9 });
    const truncation = truncationOf(bijection);
    expect(truncation).toMatchObject({ terms: 7, probes: 2 });
    expect(truncation!.bound).toBeCloseTo(bound, 12);
  });

  it("knows the bound of a dense branch, with an activation steeper than 1", () => {
    const options = {
      features: 3,
      hidden: [5, 5],
      activation: "swish",
      coefficient: 0.7,
      preactivation: false,
      random,
    } as const;
    const branch = denseBranch(options);
    const bound = truncationBound({ lipschitz: branch.lipschitz, dimension: 3, terms: 4 });
    expect(truncationOf(residualBlock({ branch, ...series(4) }))!.bound).toBeCloseTo(bound, 12);
  });

  it("is undefined where every log-determinant is exact", () => {
    const branch = denseBranch({
      features: 2,
      hidden: [4],
      activation: "elu",
      coefficient: 0.9,
      preactivation: false,
      random,
    });
    expect(truncationOf(chain([residualBlock({ branch, logDet: exact() })]))).toBeUndefined();
  });
});
