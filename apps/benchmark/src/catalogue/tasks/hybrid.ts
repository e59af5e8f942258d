import type { TaskEntry } from "../task-entry.ts";

/** One network for both: which density does it learn while it learns to classify, and how much does one cost the other? */
export const hybrid: TaskEntry = {
  name: "hybrid",
  title: "Hybrid models",
  summary:
    "One network learns the density of images and their classes at once, by minimising λ (-log p(x)) - log p(class | x), where D is the number of values in an image. It is judged by how often it is wrong about images that it has not seen, and by their likelihood.",
  headline: "test-error",
  alsoJudgedBy: ["hybrid-nll"],
  unit: () => "nats",
};
