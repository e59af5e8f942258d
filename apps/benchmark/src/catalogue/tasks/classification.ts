import type { TaskEntry } from "../task-entry.ts";

/** Minimum cross entropy: how often does a model name the class of an example that it has not seen? */
export const classification: TaskEntry = {
  name: "classification",
  title: "Classification",
  summary:
    "Each model learns to name the class of an image, by minimum cross entropy. It is judged by how often it is wrong about images that it has not seen. Invertible models can also compute an image from its features, and a certificate says how exactly.",
  headline: "test-error",
  unit: () => "nats",
};
