import type { LinearOperator } from "@invertible/ops";
import type { OperatorWeights } from "../src/operator-weights.ts";

/** Of an operator that is made of a tensor. */
export async function readWeights({ structure, inputShape }: LinearOperator): Promise<OperatorWeights> {
  if (structure === undefined) throw new Error("readWeights: expected an operator with a `structure`");
  const tensor = structure.kind === "dense" ? structure.weight : structure.kernel;
  const weight = { values: Float64Array.from(await tensor.data()), shape: tensor.shape };
  if (structure.kind === "dense") return { kind: "dense", weight };
  return { kind: structure.kind, weight, inputShape, stride: structure.stride };
}
