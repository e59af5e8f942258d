import { disposeFlow } from "@invertible/flow";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import type { DataKind } from "../data-kind.ts";
import { flowOf } from "../../job/built-model.ts";
import { models } from "./index.ts";

const size = { name: "small", parameters: 3000 } as const;
const shapes: Readonly<Record<DataKind, readonly number[]>> = { plane: [2], table: [5], image: [8, 8, 1] };

/** What the layers' traits say, by model and kind of data. */
const expected: readonly [model: string, kind: DataKind, logDet: string, inverse: string][] = [
  ["i-resnet", "plane", "exact", "iterative"],
  ["i-resnet", "table", "exact", "iterative"],
  ["i-resnet", "image", "unbiased", "iterative"],
  ["glow", "plane", "exact", "analytic"],
  ["glow", "table", "exact", "analytic"],
  ["glow", "image", "exact", "analytic"],
  ["residual-flow", "plane", "exact", "iterative"],
  ["residual-flow", "table", "exact", "iterative"],
  ["residual-flow", "image", "unbiased", "iterative"],
  ["i-densenet", "plane", "exact", "iterative"],
  ["i-densenet", "table", "exact", "iterative"],
  ["i-densenet", "image", "unbiased", "iterative"],
  ["monotone", "plane", "exact", "iterative"],
  ["monotone", "table", "exact", "iterative"],
  ["monotone", "image", "unbiased", "iterative"],
  ["implicit", "plane", "exact", "iterative"],
  ["implicit", "table", "exact", "iterative"],
  ["implicit", "image", "unbiased", "iterative"],
  ["spline-coupling", "plane", "exact", "analytic"],
  ["spline-coupling", "table", "exact", "analytic"],
  ["spline-coupling", "image", "exact", "analytic"],
  ["maf", "plane", "exact", "analytic"],
  ["maf", "table", "exact", "analytic"],
  ["maf", "image", "exact", "analytic"],
  ["made", "plane", "exact", "analytic"],
  ["made", "table", "exact", "analytic"],
  ["made", "image", "exact", "analytic"],
  ["made-mixture", "plane", "exact", "analytic"],
  ["made-mixture", "table", "exact", "analytic"],
  ["nice", "plane", "exact", "analytic"],
  ["nice", "table", "exact", "analytic"],
  ["nice", "image", "exact", "analytic"],
  ["real-nvp", "plane", "exact", "analytic"],
  ["real-nvp", "table", "exact", "analytic"],
  ["real-nvp", "image", "exact", "analytic"],
  ["ffjord", "plane", "exact", "iterative"],
  ["ffjord", "table", "exact", "iterative"],
  ["ffjord", "image", "unbiased", "iterative"],
];

describe("the models' traits", () => {
  beforeAll(() => startBackend("wasm"));

  it.each(expected)("%s on a %s: log-det %s, inverse %s", async (name, kind, logDet, inverse) => {
    const model = models.find((each) => each.name === name)!;
    const flow = flowOf(await model.build({ kind, shape: [...shapes[kind]], size, random: createRandom(1) }));
    expect(flow.traits).toMatchObject({ logDet, inverse });
    disposeFlow(flow);
  });

  it("are stated here for every model and kind of data", () => {
    const all = models.flatMap(({ name, kinds }) => kinds.map((kind) => `${name} ${kind}`));
    expect(expected.map(([name, kind]) => `${name} ${kind}`).sort()).toEqual(all.sort());
  });
});
