import { disposeModel } from "@invertible/flow";
import { parameterCount } from "@invertible/models";
import { createRandom, memory, sizeOf } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { dimensionOf, variablesOf } from "../job/built-model.ts";
import { presets } from "../presets/index.ts";
import type { Workload } from "../presets/preset.ts";
import { mostDifferenceInSize } from "../results/fairness-rules.ts";
import { entryNamed, ownCatalogue } from "./catalogue.ts";
import { entryName } from "./entry-name.ts";
import { dataKinds } from "./data-kind.ts";
import type { ModelEntry } from "./model-entry.ts";

const { models, datasets, tasks } = ownCatalogue;
const shapes = { plane: [2], table: [16], image: [28, 28, 1] };

const tasksOf = ({ tasks: own = ["density"] }: ModelEntry) => own;

/** Every task, kind and size of data that a preset has, once. */
const workloads = presets
  .flatMap(({ name, models: names, workloads }) =>
    dataKinds.flatMap((kind) => {
      const workload: Workload | undefined = workloads[kind];
      const posed = new Set(names.flatMap((model) => tasksOf(entryNamed(models, model))));
      return workload ? [...posed].map((task) => ({ preset: name, task, kind, size: workload.size })) : [];
    }),
  )
  .filter(
    ({ task, kind, size }, i, all) =>
      all.findIndex(
        (each) => each.task === task && each.kind === kind && each.size.parameters === size.parameters,
      ) === i,
  );

describe("the catalogue", () => {
  it.each([
    ["models", models],
    ["datasets", datasets],
    ["tasks", tasks],
    ["presets", presets],
  ])("gives each of its %s a unique name that can also be a file name", (_, entries) => {
    const names = entries.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(entryName);
  });

  it("gives no two models the same colour", () => {
    for (const mode of ["light", "dark"] as const) {
      const colors = models.map(({ color }) => color[mode]);
      expect(new Set(colors).size).toBe(colors.length);
      for (const color of colors) expect(color).toMatch(/^#[0-9a-f]{6}$/);
    }
  });

  it("quotes published results only for data sets that it has, with a source", () => {
    for (const { published } of models)
      for (const { dataset, source } of published) {
        expect(datasets.map(({ name }) => name)).toContain(dataset);
        expect(source).toMatch(/arXiv:\d{4}\.\d{5}/);
      }
  });

  it("has presets of models and data sets that exist and fit", () => {
    for (const preset of presets) {
      expect(models.map(({ name }) => name)).toEqual(expect.arrayContaining([...preset.models]));
      for (const name of preset.datasets) {
        const { kind } = datasets.find((dataset) => dataset.name === name)!;
        expect(preset.workloads[kind]).toBeDefined();
      }
    }
  });
});

describe("the models", () => {
  beforeAll(() => startBackend("wasm"));

  it.each(workloads)(
    "are of equal size within 10 % for $task on a $kind of preset $preset",
    async ({ task, kind, size }) => {
      const tensors = memory().numTensors;
      const counts: number[] = [];
      for (const model of models.filter(
        (each) => each.kinds.includes(kind) && tasksOf(each).includes(task),
      )) {
        const request = { kind, shape: shapes[kind], classes: 10, size, random: createRandom(1) };
        const built = await model.build(request);
        counts.push(parameterCount(variablesOf(built)));
        expect(dimensionOf(built)).toBe(sizeOf(shapes[kind]));
        if ("flow" in built) expect(built.logDet).not.toBe("");
        disposeModel(variablesOf(built));
      }
      expect(Math.max(...counts) / Math.min(...counts)).toBeLessThanOrEqual(mostDifferenceInSize);
      expect(memory().numTensors).toBe(tensors);
    },
    120_000,
  );

  // The numbers of the quick preset are quoted, so its networks stay what they were.
  it.each([
    ["i-resnet", "plane", { blocks: 24, hidden: [128], coefficient: 0.98, activation: "sin" }],
    ["glow", "plane", { steps: 10, hidden: [37, 37] }],
    ["i-resnet", "image", { blocksPerScale: [2, 4, 1], hiddenChannels: [23, 46, 46], trainingTerms: 10 }],
    ["glow", "image", { stepsPerScale: [4, 4], width: 28 }],
  ] as const)("%s on a %s has the network of the quick preset", async (name, kind, architecture) => {
    const { size } = presets[0]!.workloads[kind]!;
    const model = models.find((each) => each.name === name)!;
    const built = await model.build({ kind, shape: shapes[kind], size, random: createRandom(1) });
    expect(built.architecture).toMatchObject(architecture);
    disposeModel(variablesOf(built));
  });
});
