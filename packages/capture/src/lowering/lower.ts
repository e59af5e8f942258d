import { UnsupportedError } from "@invertible/errors";
import { sizeOf } from "@invertible/ops";
import { convolutionLowerings } from "./convolution.ts";
import { depthwiseLowerings } from "./depthwise.ts";
import { loweredCall } from "./lowering.ts";
import type { Lowering } from "./lowering.ts";
import { matrixLowerings } from "./matrix.ts";
import { movementLowerings } from "./movement.ts";
import { pointwiseLowerings } from "./pointwise.ts";
import { reductionLowerings } from "./reduction.ts";
import type { Scope } from "./scope.ts";
import { sigmoidLowerings } from "./sigmoid.ts";
import type { ArrayNode, KernelRecord, Recording, Use } from "../trace/recording.ts";

const lowerings: Readonly<Record<string, Lowering>> = {
  ...convolutionLowerings,
  ...depthwiseLowerings,
  ...matrixLowerings,
  ...movementLowerings,
  ...pointwiseLowerings,
  ...reductionLowerings,
  ...sigmoidLowerings,
};

/** Whether calls of a kernel can be lowered. */
export function isLowered(kernel: string): boolean {
  return Object.hasOwn(lowerings, kernel);
}

/** Adds to the graph of a scope what the outputs need of a recording. Returns the names of the kernels that were lowered. */
export function lower(
  where: string,
  recording: Recording,
  outputs: readonly ArrayNode[],
  scope: Scope,
): ReadonlySet<string> {
  const records = neededRecords(recording.records, outputs);
  const flat = withBodies(records);
  const used = [
    ...flat.flatMap(({ inputs }) => Object.values(inputs).flat() as Use[]).map(({ array }) => array),
    ...outputs,
  ];
  const foreign = used
    .map((array) => recording.foreignVariables.get(array))
    .find((text) => text !== undefined);
  if (foreign !== undefined)
    throw new UnsupportedError(
      `${where}: expected variables that are parameters or state of the flow, received ${foreign}`,
    );
  const calls = flat.filter(({ body }) => body === undefined);
  const unknown = calls.filter(({ kernel }) => !isLowered(kernel)).map(({ kernel, place }) => kernel + place);
  if (unknown.length > 0)
    throw new UnsupportedError(
      `${where}: expected kernels that ONNX has, received ${[...new Set(unknown)].join(", ")}`,
    );
  lowerAll(records, scope);
  return new Set(calls.map(({ kernel }) => kernel));
}

function lowerAll(records: readonly KernelRecord[], scope: Scope): void {
  for (const record of records) {
    if (record.body !== undefined) lowerWhen(record, record.body, scope);
    else lowerings[record.kernel]!(loweredCall(record), scope);
  }
}

/** A part that is skipped where the first number of `reached` is 0. */
function lowerWhen({ inputs, outputs }: KernelRecord, body: readonly KernelRecord[], scope: Scope): void {
  const { graph } = scope;
  const { reached, state } = inputs as { readonly reached: Use; readonly state: readonly Use[] };
  const first = graph.add("Gather", [
    graph.reshape(scope.plain(reached), [sizeOf(reached.shape)]),
    graph.constant("int64", BigInt64Array.of(0n), []),
  ]);
  const condition = graph.add("Greater", [first, graph.scalar(0)]);
  const orders = state.map((use) => ({ channelsFirst: scope.isChannelsFirst(use) }));
  const name = (use: Use, i: number) =>
    orders[i]!.channelsFirst ? scope.channelsFirst(use) : scope.plain(use);
  const names = state.map(name);
  const results = graph.when(condition, names, (given) =>
    scope.inside(() => {
      state.forEach((use, i) => scope.place(use, given[i]!, orders[i]));
      lowerAll(body, scope);
      return outputs.map(name);
    }),
  );
  outputs.forEach((use, i) => scope.place(use, results[i]!, orders[i]));
}

/** The records that the outputs depend on. Others computed what nobody used, such as parts of a kernel that is lowered as a whole. */
function neededRecords(
  records: readonly KernelRecord[],
  outputs: readonly ArrayNode[],
): readonly KernelRecord[] {
  const needed = new Set(outputs);
  const kept: KernelRecord[] = [];
  for (const record of [...records].reverse()) {
    if (!record.outputs.some(({ array }) => needed.has(array))) continue;
    const body =
      record.body &&
      neededRecords(
        record.body,
        record.outputs.map(({ array }) => array),
      );
    for (const { inputs } of [record, ...(body ?? [])])
      for (const { array } of Object.values(inputs).flat() as Use[]) needed.add(array);
    kept.push(body ? { ...record, body } : record);
  }
  return kept.reverse();
}

function withBodies(records: readonly KernelRecord[]): readonly KernelRecord[] {
  return records.flatMap((record) => [record, ...withBodies(record.body ?? [])]);
}
