import { z } from "zod";
import { defineMetric } from "./metric.ts";

const count = z.int().nonnegative();

export const inverseIterations = defineMetric({
  name: "inverse-iterations",
  heading: "iterations of the inverse",
  meaning:
    "The most iterations any layer needed to invert a held-out example. An analytic inverse needs none. Where a layer stopped at a larger error than it was asked for, the table says so.",
  from: "model",
  appliesTo: () => true,
  value: z.strictObject({
    method: z.enum(["analytic", "iterative"]),
    iterations: count,
    iterationsByLayer: z.array(count),
    /** Euclidean error per example and layer; null for each layer's own default. */
    tolerance: z.number().nullable(),
    converged: z.boolean(),
  }),
  async measure({ inverted, isIterative, workload }) {
    const { iterations, evidence } = await inverted();
    return {
      method: isIterative ? ("iterative" as const) : ("analytic" as const),
      iterations,
      iterationsByLayer: evidence.map((layer) => layer.iterations),
      tolerance: workload.evaluation.tolerance ?? null,
      converged: evidence.every(({ converged }) => converged),
    };
  },
  text: ({ method, iterations, converged }) =>
    method === "analytic" ? "0 (analytic)" : `${iterations}${converged ? "" : " (not within the tolerance)"}`,
});
