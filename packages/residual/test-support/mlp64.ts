import type { ContractiveBranch } from "../src/index.ts";
import { sigma64 } from "./sigma64.ts";

/** A dense elu branch without preactivation as a float64 function of one example: its weights after their caps. */
export async function mlp64(branch: ContractiveBranch): Promise<(x: readonly number[]) => number[]> {
  const layers: { weight: number[][]; bias: number[] }[] = [];
  for (let i = 0; branch.parameters[`${i}.weight`] !== undefined; i++) {
    const weight = branch.parameters[`${i}.weight`]!;
    const [inputs, outputs] = weight.shape as [number, number];
    const values = Float64Array.from(await weight.data());
    const factor = 1 / Math.max(1, (await sigma64(branch, i)) / coefficientOf(branch));
    layers.push({
      weight: Array.from({ length: inputs }, (_, r) =>
        Array.from({ length: outputs }, (_, c) => values[r * outputs + c]! * factor),
      ),
      bias: Array.from(await branch.parameters[`${i}.bias`]!.data()),
    });
  }
  return (x) =>
    layers.reduce<number[]>(
      (h, { weight, bias }, i) => {
        const input = i === 0 ? h : h.map((value) => (value > 0 ? value : Math.expm1(value)));
        return bias.map((b, c) => input.reduce((total, value, r) => total + value * weight[r]![c]!, b));
      },
      [...x],
    );
}

const coefficientOf = (branch: ContractiveBranch) => branch.config["coefficient"] as number;
