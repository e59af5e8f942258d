import { UnsupportedError } from "@invertible/errors";
import { convolutionLowerings } from "./convolution.ts";
import { loweredCall } from "./lowering.ts";
import type { Lowering } from "./lowering.ts";
import { matrixLowerings } from "./matrix.ts";
import { movementLowerings } from "./movement.ts";
import { pointwiseLowerings } from "./pointwise.ts";
import { reductionLowerings } from "./reduction.ts";
import type { Scope } from "./scope.ts";
import type { ArrayNode, KernelRecord, Recording, Use } from "../trace/recording.ts";

const lowerings: Readonly<Record<string, Lowering>> = {
  ...convolutionLowerings,
  ...matrixLowerings,
  ...movementLowerings,
  ...pointwiseLowerings,
  ...reductionLowerings,
};

/** Whether calls of a kernel can be lowered. */
export function isLowered(kernel: string): boolean {
  return Object.hasOwn(lowerings, kernel);
}

/** Adds to the graph of a scope what the outputs need of a recording. */
export function lower(
  where: string,
  recording: Recording,
  outputs: readonly ArrayNode[],
  scope: Scope,
): void {
  const records = neededRecords(recording, outputs);
  const used = [
    ...records.flatMap(({ inputs }) => Object.values(inputs).flat() as Use[]).map(({ array }) => array),
    ...outputs,
  ];
  const foreign = used
    .map((array) => recording.foreignVariables.get(array))
    .find((text) => text !== undefined);
  if (foreign !== undefined)
    throw new UnsupportedError(
      `${where}: expected variables that are parameters or state of the flow, received ${foreign}`,
    );
  for (const record of records) {
    if (!isLowered(record.kernel))
      throw new UnsupportedError(`${where}: expected kernels that ONNX has, received ${record.kernel}`);
    lowerings[record.kernel]!(loweredCall(record), scope);
  }
}

/** The records that the outputs depend on. Others computed what nobody used, such as parts of a kernel that is lowered as a whole. */
function neededRecords({ records }: Recording, outputs: readonly ArrayNode[]): readonly KernelRecord[] {
  const needed = new Set(outputs);
  const kept: KernelRecord[] = [];
  for (const record of [...records].reverse()) {
    if (!record.outputs.some(({ array }) => needed.has(array))) continue;
    for (const { array } of Object.values(record.inputs).flat() as Use[]) needed.add(array);
    kept.push(record);
  }
  return kept.reverse();
}
