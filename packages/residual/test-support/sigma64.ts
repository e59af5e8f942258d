import type { ContractiveBranch } from "../src/index.ts";

/** The estimate sigma = <G, W> of layer i's norm in float64, from what the layer stores. */
export async function sigma64({ parameters, state }: ContractiveBranch, i: number): Promise<number> {
  const weight = Float64Array.from(await parameters[`${i}.weight`]!.data());
  const gradient = (await state[`${i}.normGradient`]?.data()) ?? (await outerProduct(state, i));
  return weight.reduce((total, value, at) => total + value * gradient[at]!, 0);
}

/** v u' in the order of the weight's entries. Each is rounded to float32, as the layer does. */
async function outerProduct(state: ContractiveBranch["state"], i: number): Promise<Float32Array> {
  const v = await state[`${i}.inputSingularVector`]!.data();
  const u = await state[`${i}.outputSingularVector`]!.data();
  return Float32Array.from(Array.from(v).flatMap((input) => Array.from(u, (output) => input * output)));
}
