import { dispose, tensor, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { readArray } from "../src/engine/arrays.ts";
import { encodeModel } from "../src/onnx/encode-model.ts";
import { recordGraph } from "../src/program.ts";
import type { ProgramOptions } from "../src/program.ts";
import { loadOnnxruntimeNode } from "../src/runtime/onnxruntime-node.ts";
import type { RuntimeArray } from "../src/runtime/runtime.ts";

/** A function of tensors. What it makes on the way is freed. */
export type Task = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** What a task computes on the active backend, and what its graph computes. */
export interface BothResults {
  readonly expected: readonly RuntimeArray[];
  readonly received: readonly RuntimeArray[];
  /** The kernels that the graph was lowered from. */
  readonly kernels: ReadonlySet<string>;
}

const loaded = loadOnnxruntimeNode("test");

/** Runs a task on the active backend, records it there, and runs the graph. */
export async function runBoth(
  task: Task,
  inputs: readonly RuntimeArray[],
  options: ProgramOptions = {},
): Promise<BothResults> {
  const runtime = await loaded;
  const tensors = inputs.map(({ dtype, shape, data }) => tensor(data, [...shape], dtype));
  const { result, graph, kernels } = await recordGraph(
    "test",
    ({ input, output }) => {
      tensors.forEach((each, i) => input(`input${i}`, each));
      const results = tidy(() => [task(...tensors)].flat() as Tensor[]);
      results.forEach((each, i) => output(`output${i}`, each));
      return results;
    },
    options,
  );
  const expected = await Promise.all(result.map(readArray));
  dispose([...tensors, ...result]);
  const session = await runtime.open(encodeModel(graph), { threads: 1 });
  const outputs = await session.run(Object.fromEntries(inputs.map((each, i) => [`input${i}`, each])));
  await session.release();
  return { expected, received: expected.map((_, i) => outputs[`output${i}`]!), kernels };
}

/** How far an entry may be from what is expected. */
export interface Tolerance {
  /** Times the size of the entry. */
  readonly relative?: number;
  /** Times the largest finite entry of the array. */
  readonly ofLargest?: number;
  readonly absolute?: number;
}

/** In words, how two arrays differ; undefined where they agree. NaN agrees with NaN only, and an infinity with itself. */
export function difference(
  expected: RuntimeArray,
  received: RuntimeArray,
  { relative = 0, ofLargest = 0, absolute = 0 }: Tolerance,
): string | undefined {
  const shapes = [expected, received].map(({ dtype, shape }) => `${dtype} [${shape.join(", ")}]`);
  if (shapes[0] !== shapes[1]) return `expected ${shapes[0]}, received ${shapes[1]}`;
  const finite = Array.from(expected.data).filter(Number.isFinite).map(Math.abs);
  const largest = finite.reduce((most, each) => Math.max(most, each), 0);
  for (const [i, e] of expected.data.entries()) {
    const r = received.data[i]!;
    const same =
      Object.is(e, r) || Math.abs(e - r) <= absolute + relative * Math.abs(e) + ofLargest * largest;
    if (!same) return `entry ${i} of ${shapes[0]}: expected ${e}, received ${r}`;
  }
  return undefined;
}
