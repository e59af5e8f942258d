import { disposeFlow } from "@invertible/flow";
import { parameterCount } from "@invertible/models";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { performanceCases, publishedCase } from "./cases.ts";
import { publishedLayout, publishedSize } from "./published-layout.ts";
import type { PerformanceCase } from "./cases.ts";

beforeAll(() => startBackend("wasm"));

const layouts = performanceCases.map((each) => [`${each.model}, ${each.layout}`, each] as const);
const built = ({ programs }: PerformanceCase, program = 0) => programs[program]!.build(createRandom(1));

describe("the timed models", () => {
  it.each(layouts)("have the layout that the table names: %s", (_, performanceCase) => {
    const { name, model, layout, data } = performanceCase;
    const flow = built(performanceCase);
    const shapes = Object.entries(flow.parameters).map(([key, { shape }]) => [key, shape] as const);
    expect(flow.bijection.inputShape).toEqual(data().shape);
    if (name === "2d") {
      expect(shapes.filter(([, shape]) => shape.join() === "64,64")).toHaveLength(20);
      expect(layout).toMatch(/^10 \w+ of 64-64-64/);
    } else if (model === "Glow") {
      // One 1x1 convolution a step: [channels, channels].
      const steps = shapes.filter(([key]) => key.endsWith("factors")).map(([, shape]) => shape[0]!);
      expect(steps.filter((c) => c === 4)).toHaveLength(8);
      expect(steps.filter((c) => c === 8)).toHaveLength(16);
      expect(layout).toContain("8 at 14x14x4, 16 at 7x7x8");
    } else {
      // The first convolution of each block: [3, 3, channels of its scale, 64].
      const channels = shapes.filter(([key]) => key.endsWith(".0.weight")).map(([, shape]) => shape);
      const [, ...scales] = /(\d+x\d+x\d+), (\d+x\d+x\d+) and (\d+x\d+x\d+)/.exec(layout)!;
      const expected = scales.map((scale) => Number(scale.split("x")[2]));
      expect(channels).toEqual(expected.flatMap((c) => Array.from({ length: 4 }, () => [3, 3, c, 64])));
      // Blocks work on as many numbers as the layout says: their kernels are measured on images of that size.
      const sizes = Object.entries(flow.state)
        .filter(([key]) => key.endsWith(".0.singularVector"))
        .map(([, { shape }]) => `${shape[1]}x${shape[2]}`);
      for (const scale of scales) expect(sizes).toContain(scale.split("x").slice(0, 2).join("x"));
      expect(layout).toContain("4 blocks of 64 channels each");
    }
    disposeFlow(flow);
  });

  it.each(layouts.filter(([, { programs }]) => programs.length > 1))(
    "start every program of a case from the same weights: %s",
    async (_, performanceCase) => {
      const [first, second] = [built(performanceCase), built(performanceCase, 1)];
      expect(parameterCount(second)).toBe(parameterCount(first));
      for (const [name, variable] of Object.entries(first.parameters))
        expect(await second.parameters[name]!.data()).toEqual(await variable.data());
      disposeFlow(first);
      disposeFlow(second);
    },
  );

  it("have the published size where they say so", () => {
    expect(publishedSize).toEqual({ inputShape: [32, 32, 3], blocksPerScale: 16, hidden: 512 });
    expect(publishedCase.data().shape).toEqual(publishedSize.inputShape);
    // All 48 blocks would take seconds to make.
    const size = { ...publishedSize, blocksPerScale: 1 };
    const flow = publishedLayout({ terms: 5, gradient: "neumann" }, createRandom(1), size);
    const kernels = Object.entries(flow.parameters).filter(([key]) => key.endsWith(".0.weight"));
    expect(kernels.map(([, { shape }]) => shape)).toEqual(
      [12, 24, 48].map((channels) => [3, 3, channels, 512]),
    );
    const sizes = Object.entries(flow.state)
      .filter(([key]) => key.endsWith(".0.singularVector"))
      .map(([, { shape }]) => shape);
    expect(sizes).toEqual([
      [1, 16, 16, 12],
      [1, 8, 8, 24],
      [1, 4, 4, 48],
    ]);
    disposeFlow(flow);
  });
});
