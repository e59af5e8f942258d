import { disposeFlow } from "@invertible/flow";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { performanceCases } from "./cases.ts";
import { modelTable } from "./tables.ts";

beforeAll(() => startBackend("wasm"));

describe("the timed models", () => {
  it.each(performanceCases.map((each) => [each.name, each.model, each] as const))(
    "have the layout that the table names: %s, %s",
    (name, model, { layout, build }) => {
      const flow = build(createRandom(1));
      const parameters = Object.entries(flow.parameters);
      if (model === "i-resnet" && name === "images") {
        // The first convolution of each block: [3, 3, channels of its scale, 64].
        const channels = parameters.filter(([key]) => key.endsWith(".0.weight")).map(([, v]) => v.shape);
        expect(channels).toEqual([1, 4, 16].flatMap((c) => Array.from({ length: 4 }, () => [3, 3, c, 64])));
        expect(layout).toContain("4 blocks of 64 channels each at 28x28x1, 14x14x4 and 7x7x16");
      } else if (name === "images") {
        // One 1x1 convolution a step: [channels, channels].
        const steps = parameters.filter(([key]) => key.endsWith("factors")).map(([, v]) => v.shape[0]);
        expect(steps.filter((c) => c === 4)).toHaveLength(8);
        expect(steps.filter((c) => c === 8)).toHaveLength(16);
        expect(layout).toContain("8 at 14x14x4, 16 at 7x7x8");
      } else {
        const hidden = parameters.filter(([, v]) => v.shape.join() === "64,64");
        expect(hidden).toHaveLength(20);
        expect(layout).toContain("10 ");
        expect(layout).toContain("64-64-64");
      }
      disposeFlow(flow);
    },
  );

  it("are not compared with times of another program, whose networks had another size", () => {
    const [performanceCase] = performanceCases;
    const time = { parameters: 1234, median: 10, fastest: 9, slowest: 11 };
    const table = modelTable([{ backend: "wasm", performanceCase: performanceCase!, time }]);
    const header = table
      .split("\n")[1]!
      .split("│")
      .map((cell) => cell.trim());
    expect(header.filter(Boolean)).toEqual([
      "backend",
      "data",
      "model",
      "layout",
      "batch",
      "parameters",
      "ms/step",
      "fastest - slowest",
    ]);
  });
});
