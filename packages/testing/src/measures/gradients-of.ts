import type { Call } from "@invertible/bijection";
import { dispose, valueAndGradients } from "@invertible/ops";
import { numbersOf } from "./numbers.ts";
import type { ProbeLoss } from "./probe-loss.ts";

/** The gradient of the loss in each of its variables, by reverse mode. */
export async function gradientsOf(loss: ProbeLoss, call: Call): Promise<Record<string, Float32Array>> {
  const names = Object.keys(loss.variables);
  const result = valueAndGradients(() => loss.tensor(call), Object.values(loss.variables));
  const numbers = await Promise.all(result.gradients.map(numbersOf));
  dispose([result.value, ...result.gradients]);
  return Object.fromEntries(names.map((name, i) => [name, numbers[i]!]));
}
