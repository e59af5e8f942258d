import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import type { Random } from "@invertible/ops";
import { readArray } from "../engine/arrays.ts";
import { loadOnnxruntimeNode } from "../runtime/onnxruntime-node.ts";
import type { RuntimeArray } from "../runtime/runtime.ts";
import { checkLike, keyOf, leavesOf } from "./arguments.ts";
import type { Leaf } from "./arguments.ts";
import { openFunctionGraph } from "./function-graph.ts";
import type { FunctionGraph, ReadArguments } from "./function-graph.ts";
import { inTurn } from "../trace/in-turn.ts";

/** Options of `captureFunction`. */
export interface CaptureFunctionOptions {
  /** Number of threads of each operation. Default 1, so that results are the same on every machine. */
  readonly threads?: number;
}

/** A function that runs as a native graph. */
export interface CapturedFunction<A extends readonly unknown[], R> {
  /**
   * Computes the result from arguments like the examples. The first axis of each tensor may have another size: the function is then
   * recorded again, and the graphs of the last four batch sizes are kept. The tensors of the result are the caller's.
   *
   * @throws ShapeError for another shape, or a batch without examples.
   * @throws ArgumentError for arguments of another type, and after `dispose`.
   */
  run(...args: A): Promise<R>;
  /** Frees the graphs, once the calls that still run have ended. */
  dispose(): Promise<void>;
}

/** The most graphs that are kept for one function. Each holds the memory of its intermediate results. */
const mostGraphs = 4;

interface OpenGraph {
  readonly key: string;
  readonly graph: FunctionGraph;
  users: number;
  isRetired: boolean;
}

/**
 * Records a function of tensors once and returns it as a native graph, which onnxruntime-node runs. It is for Node, and needs that
 * package, which is an optional peer.
 *
 * Arguments and results are tensors, in lists and plain objects. Arguments may also contain random keys, from which every run draws the
 * numbers that the function itself would draw, and constants such as `training: false`. The function is called on the active backend,
 * "wasm" or "cpu", once for each batch size. Results agree with those of the backend to about 1e-5, relative.
 *
 * Variables are inputs. A run uses the values that they have when it is called, so a model may be trained on between runs. Everything
 * else that the function sees beside its arguments, such as other tensors and settings, stays as it was when it was recorded.
 *
 * @throws UnsupportedError where onnxruntime-node is absent, on another backend, and for a function that reads numbers back or calls an
 * operation that ONNX does not have.
 * @throws ArgumentError for a result that is not made of tensors, such as a promise.
 *
 * @example
 * ```ts
 * const logProb = await captureFunction((x: Tensor) => flow.logProb(x), [examples]);
 * const values = await logProb.run(x);
 * ```
 */
export async function captureFunction<A extends readonly unknown[], R>(
  compute: (...args: A) => R,
  examples: readonly [...A],
  options: CaptureFunctionOptions = {},
): Promise<CapturedFunction<A, R>> {
  const where = "captureFunction";
  checkOptions(where, options, { threads: "optional" });
  const { threads = 1 } = options;
  checkPositiveInteger(`${where}.threads`, threads);
  if (typeof compute !== "function") fail(where, "a function of tensors", compute);
  if (!Array.isArray(examples)) fail(`${where} examples`, "a list of arguments", examples);
  const exampleLeaves = leavesOf(where, examples);
  checkLike(where, exampleLeaves, exampleLeaves);
  const read = readLeaves(exampleLeaves);
  await Promise.all(read.arrays.values());
  const runtime = await loadOnnxruntimeNode(where);
  const graphs: OpenGraph[] = [];
  let isDisposed = false;

  const open = (place: string, args: readonly unknown[], read: ReadArguments) =>
    openFunctionGraph({
      ...{ where: place, args, read, runtime, threads },
      compute: compute as (...args: readonly unknown[]) => unknown,
    });
  const releaseUnused = (entry: OpenGraph) =>
    entry.isRetired && entry.users === 0 ? entry.graph.release() : Promise.resolve();
  const retire = (entry: OpenGraph) => {
    graphs.splice(graphs.indexOf(entry), 1);
    entry.isRetired = true;
    return releaseUnused(entry);
  };
  /** The graph for arguments of these shapes as the one used last, if it is there. */
  const known = (key: string): OpenGraph | undefined => {
    const entry = graphs.find((each) => each.key === key);
    if (entry === undefined) return undefined;
    if (!entry.graph.holds()) {
      void retire(entry);
      return undefined;
    }
    graphs.push(...graphs.splice(graphs.indexOf(entry), 1));
    return entry;
  };
  const add = (key: string, graph: FunctionGraph): OpenGraph => {
    const entry = { key, graph, users: 0, isRetired: false };
    graphs.push(entry);
    if (graphs.length > mostGraphs) void retire(graphs[0]!);
    return entry;
  };

  add(keyOf(exampleLeaves), await inTurn(() => open(where, examples, read)));
  const checkInUse = (at: string) => {
    if (isDisposed) fail(at, "a captured function in use", "one that was disposed of");
  };
  return Object.freeze({
    async run(...args: A): Promise<R> {
      const at = `${where}.run`;
      checkInUse(at);
      const leaves = leavesOf(at, args);
      checkLike(at, leaves, exampleLeaves);
      const key = keyOf(leaves);
      const read = readLeaves(leaves);
      const use = (entry: OpenGraph) => {
        entry.users++;
        return entry;
      };
      const ready = known(key);
      const entry = ready
        ? use(ready)
        : await inTurn(async () => {
            checkInUse(at);
            const again = known(key);
            if (again) return use(again);
            const graph = await open(at, args, read);
            return use(add(key, graph));
          });
      try {
        return (await entry.graph.run(read)) as R;
      } finally {
        entry.users--;
        await releaseUnused(entry);
      }
    },
    async dispose() {
      isDisposed = true;
      await Promise.all([...graphs].map(retire));
    },
  });
}

/** Begins to read the tensors of arguments. */
function readLeaves(leaves: readonly Leaf[]): ReadArguments {
  const arrays = new Map<string, Promise<RuntimeArray>>();
  const randoms = new Map<string, Random>();
  for (const leaf of leaves) {
    if (leaf.kind === "tensor") arrays.set(leaf.path, readArray(leaf.value));
    if (leaf.kind === "random") randoms.set(leaf.path, leaf.value);
  }
  return { arrays, randoms };
}
