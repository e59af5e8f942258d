import type { TaskEntry } from "../task-entry.ts";

/** Maximum likelihood: how probable does a model find examples that it has not seen? */
export const density: TaskEntry = {
  name: "density",
  title: "Density estimation",
  summary:
    "Each model learns the probability density of the data by maximum likelihood. It is judged by how probable it finds examples that it has not seen.",
  headline: "test-nll",
  unit: (kind) => (kind === "image" ? "bits/dim" : "nats"),
};
