import type { TaskEntry } from "../task-entry.ts";

/** Maximum likelihood: how probable does a model find examples that it has not seen? */
export const density: TaskEntry = {
  name: "density",
  title: "Density estimation",
  summary:
    "Each model learns a probability density by maximum likelihood. It is judged by how probable it finds held-out examples.",
  headline: "test-nll",
  unit: (kind) => (kind === "image" ? "bits/dim" : "nats"),
};
