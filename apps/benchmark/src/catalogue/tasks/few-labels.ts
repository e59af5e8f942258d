import type { TaskEntry } from "../task-entry.ts";

/** Semi-supervised learning: what do many examples without a class add to a few with one? */
export const fewLabels: TaskEntry = {
  name: "few-labels",
  title: "Few labels",
  summary:
    "Only a few images of each class have a label. A density can also learn from the others. Each model is judged by how often it is wrong about images that it has not seen. Two methods that learn nothing, nearest neighbour and label propagation, show what the distances between pixels say alone.",
  headline: "test-error",
  unit: () => "nats",
};
