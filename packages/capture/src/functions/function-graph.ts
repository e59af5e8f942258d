import { fail } from "@invertible/errors";
import { dispose, tidy, watchVariables } from "@invertible/ops";
import type { Random, Tensor, Variable } from "@invertible/ops";
import { readArray, writeTensor } from "../engine/arrays.ts";
import { writeProgram } from "../program.ts";
import type { Runtime, RuntimeArray } from "../runtime/runtime.ts";
import { variablesByStorage } from "../trace/record.ts";
import { recordingRandom } from "../trace/recording-random.ts";
import type { Draw } from "../trace/recording-random.ts";
import { likeResult, replaceLeaves, tensorsOf } from "./arguments.ts";

/** Arguments whose numbers are being read, by their places, so that their tensors need not live on. */
export interface ReadArguments {
  readonly arrays: ReadonlyMap<string, Promise<RuntimeArray>>;
  readonly randoms: ReadonlyMap<string, Random>;
}

/** A function of arguments of certain shapes, as a native graph. */
export interface FunctionGraph {
  /** Whether the graph still is the function. It is not where variables had one storage, and no longer do. */
  holds(): boolean;
  /** Computes the result. The caller disposes of its tensors. */
  run(read: ReadArguments): Promise<unknown>;
  release(): Promise<void>;
}

/** What a graph is made from. */
export interface FunctionRequest {
  readonly where: string;
  readonly compute: (...args: readonly unknown[]) => unknown;
  readonly args: readonly unknown[];
  readonly read: ReadArguments;
  readonly runtime: Runtime;
  readonly threads: number;
}

/**
 * Calls the function once, records it, and opens it as a native graph. Every variable that the result depends on is an input.
 *
 * @throws UnsupportedError for a function that cannot be recorded.
 */
export async function openFunctionGraph(request: FunctionRequest): Promise<FunctionGraph> {
  const { where, runtime, threads } = request;
  const { result, model, inputs } = await recordFunction(request);
  const session = await runtime.open(model, { threads });
  const variables = result.variables
    .filter(({ name }) => inputs.has(name))
    .map(({ name, sharing }) => ({ name, sharing, present: presentValue(where, sharing[0]!) }));
  const draws = result.draws.filter(({ name }) => inputs.has(name));
  return {
    holds: () =>
      variables.every(({ sharing }) => sharing.every(({ dataId }) => dataId === sharing[0]!.dataId)),
    async run({ arrays, randoms }) {
      // Everything is read before anything is awaited, so that the result belongs to one moment.
      const read = new Map([
        ...arrays,
        ...variables.map(({ name, present }) => [name, present()] as const),
        ...draws.map(({ name, of, draw }) => [name, take(draw.again(randoms.get(of)!))] as const),
      ]);
      const feeds = await Promise.all([...read].map(async ([name, array]) => [name, await array] as const));
      const results = await session.run(Object.fromEntries(feeds));
      return likeResult(result.value, (path) => writeTensor(results[path]!));
    },
    release: () => session.release(),
  };
}

/** The numbers of a variable, which are read again only if it was assigned to. */
function presentValue(where: string, variable: Variable): () => Promise<RuntimeArray> {
  let unchanged = () => false;
  let array: Promise<RuntimeArray>;
  return () => {
    if (variable.isDisposed) fail(where, "variables in use", `one that was disposed of, "${variable.name}"`);
    if (!unchanged()) {
      unchanged = watchVariables([variable]);
      array = readArray(variable);
    }
    return array;
  };
}

interface NamedDraw {
  readonly name: string;
  /** The place of the key among the arguments. */
  readonly of: string;
  readonly draw: Draw;
}

async function recordFunction({ where, compute, args, read }: FunctionRequest) {
  const own: Tensor[] = [];
  const arrays = new Map(
    await Promise.all([...read.arrays].map(async ([path, array]) => [path, await array] as const)),
  );
  try {
    return await writeProgram(where, ({ recorder, input, inputArray, output }) => {
      const variables = variablesByStorage().map((sharing, i) => ({ name: `variable ${i}`, sharing }));
      for (const { name, sharing } of variables) input(name, sharing[0]!);
      const draws: NamedDraw[] = [];
      const drawn = new Map<string, Draw[]>();
      // Tensors of its own, so that no two inputs share an array.
      const given = replaceLeaves(args, (leaf) => {
        if (leaf.kind === "tensor") {
          const tensor = writeTensor(arrays.get(leaf.path)!);
          own.push(tensor);
          input(leaf.path, tensor);
          return tensor;
        }
        if (leaf.kind === "constant") return leaf.value;
        drawn.set(leaf.path, []);
        return recordingRandom(where, leaf.value, recorder, drawn.get(leaf.path)!);
      });
      const value = tidy(() => {
        const value = compute(...given);
        tensorsOf(where, value);
        return value as Tensor;
      }) as unknown;
      const results = tensorsOf(where, value);
      own.push(...results.map(([, tensor]) => tensor));
      for (const [of, each] of drawn)
        each.forEach((draw, i) => draws.push({ name: `${of} draw ${i}`, of, draw }));
      for (const { name, draw } of draws) inputArray(name, draw.array, draw.shape);
      for (const [path, tensor] of results) output(path, tensor);
      return { value, variables, draws };
    });
  } finally {
    dispose(own);
  }
}

/** The numbers of a tensor, which is freed. */
async function take(drawn: Tensor): Promise<RuntimeArray> {
  return readArray(drawn).finally(() => dispose(drawn));
}
