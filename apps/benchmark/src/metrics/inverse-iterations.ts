import { z } from "zod";
import { defineMetric } from "./metric.ts";

const count = z.int().nonnegative();

interface Work {
  readonly method: "analytic" | "iterative";
  readonly iterations: number;
  readonly converged: boolean;
}

const text = ({ method, iterations, converged }: Work) =>
  method === "analytic" ? "0 (analytic)" : `${iterations}${converged ? "" : " (tolerance not reached)"}`;

export const inverseIterations = defineMetric({
  name: "inverse-iterations",
  heading: "inverse iterations",
  meaning:
    "How much work the inverse is. Some layers are inverted by iteration, and this is the largest number of iterations that any layer needed for any held-out example. An analytic inverse has a formula and needs none. The table also says where a layer stopped before its error was as small as it should be.",
  from: "model",
  appliesTo: ({ task }) => task === "density",
  value: z.strictObject({
    method: z.enum(["analytic", "iterative"]),
    iterations: count,
    iterationsByLayer: z.array(count),
    converged: z.boolean(),
  }),
  async measure({ inverted, isIterative }) {
    const { iterations, evidence } = await inverted();
    return {
      method: isIterative ? ("iterative" as const) : ("analytic" as const),
      iterations,
      iterationsByLayer: evidence.map((layer) => layer.iterations),
      converged: evidence.every(({ converged }) => converged),
    };
  },
  text,
  textOverSeeds: (values) =>
    text({
      method: values[0]!.method,
      iterations: Math.max(...values.map(({ iterations }) => iterations)),
      converged: values.every(({ converged }) => converged),
    }),
});
