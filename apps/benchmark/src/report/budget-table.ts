import { formatCount } from "../results/format.ts";
import { groupBy } from "../results/group-by.ts";
import type { JobResult } from "../results/schema.ts";
import type { Html } from "./html.ts";
import { renderTable } from "./table.ts";

/** How each model was trained on each data set. */
export function budgetTable(jobs: readonly JobResult[]): Html {
  const groups = groupBy(jobs, ({ task, dataset, model }) => `${task} ${dataset} ${model}`);
  return renderTable(
    [
      { heading: "data", align: "left" },
      { heading: "model", align: "left" },
      { heading: "parameters", align: "right" },
      { heading: "seeds", align: "right" },
      { heading: "steps", align: "right" },
      { heading: "batch", align: "right" },
      { heading: "optimiser", align: "left" },
      { heading: "training set", align: "right" },
      { heading: "test set", align: "right" },
      { heading: "architecture", align: "left" },
    ],
    groups.map((seeds, i) => {
      const { dataset, model, parameters, training, examples, architecture } = seeds[0]!;
      return {
        first: i > 0 && dataset !== groups[i - 1]![0]!.dataset,
        cells: [
          dataset,
          model,
          formatCount(parameters),
          seeds.map(({ seed }) => seed ?? "").join(", "),
          formatCount(training.steps),
          formatCount(training.batchSize),
          `${training.optimizer}, rate ${training.learningRate}, warm-up ${training.warmupSteps}, clip ${training.clipNorm}${training.augmentation.map((name) => `, ${name}`).join("")}${training.tunedWith === null ? "" : `, found by a search of ${training.tunedWith} trainings`}`,
          formatCount(examples.train),
          formatCount(examples.test),
          Object.entries(architecture)
            .map(([name, value]) => `${words(name)} ${Array.isArray(value) ? value.join("-") : value}`)
            .join(", "),
        ],
      };
    }),
    "wrap",
  );
}

/** hiddenChannels -> hidden channels */
const words = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
