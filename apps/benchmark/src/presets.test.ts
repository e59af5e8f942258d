import { startBackend } from "@invertible/ops/backend";
import { disposeFlow } from "@invertible/flow";
import { parameterCount } from "@invertible/models";
import { createRandom, memory } from "@invertible/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { buildFlow } from "./catalogue/build-flow.ts";
import { modelNames, presetNames } from "./catalogue/names.ts";
import { presets, workloadOf } from "./presets.ts";

const workloads = presetNames.flatMap((preset) =>
  presets[preset].workloads.map((workload) => ({
    name: `${preset}: ${workload.datasets.join(", ")}`,
    workload,
  })),
);

describe("the presets", () => {
  beforeAll(() => startBackend("wasm"));

  it.each(workloads)("build models of equal size within 10 % for $name", ({ workload }) => {
    const tensors = memory().numTensors;
    const shape = workload.kind === "plane" ? [2] : [28, 28, 1];
    const counts = modelNames.map((model) => {
      const flow = buildFlow(workload, model, shape, createRandom(1));
      const count = parameterCount(flow);
      disposeFlow(flow);
      return count;
    });
    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThanOrEqual(1.1);
    expect(memory().numTensors).toBe(tensors);
  });

  it("train on each data set under one budget", () => {
    for (const preset of presetNames) {
      const datasets = presets[preset].workloads.flatMap((workload) => workload.datasets);
      expect(new Set(datasets).size).toBe(datasets.length);
      for (const dataset of datasets) expect(workloadOf(preset, dataset).datasets).toContain(dataset);
    }
    expect(() => workloadOf("mnist", "moons")).toThrow("expected a data set of preset mnist, received moons");
  });
});
