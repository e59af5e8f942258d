import type { KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";
import { binary } from "./binary.ts";
import { withSharedMemory } from "./shared-memory.ts";
import { Threads, mostParts } from "./threads.ts";

/** The part of TensorFlow.js's WebAssembly backend that is used here, besides its kernels. */
export interface WasmBackend extends KernelBackend {
  readonly wasm: {
    readonly asm?: { readonly memory?: WebAssembly.Memory };
    /** The shared memory of the multi-threaded build. */
    readonly wasmMemory?: WebAssembly.Memory;
    /** The allocator. It returns 0 where there is no memory left. */
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: TensorInfo["dtype"]): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array;
}

/**
 * A native kernel. It takes tensors by their address in the memory of the backend, and sizes as the sources in ../../assembly
 * say.
 */
type Kernel = (...values: number[]) => number;
/** The native kernels by name. */
export type NativeKernels = Readonly<Record<string, Kernel>>;

/** The native kernels in the memory of a backend. */
export interface Native {
  readonly kernels: NativeKernels;
  /** In the multi-threaded build of the backend, the threads that run them. */
  readonly threads: Threads | undefined;
}

let wishedThreads: number | undefined;

/** Says on how many threads native kernels run in backends that start afterwards, in place of all processors. */
export function setThreads(count: number): void {
  wishedThreads = count;
}

/** A job has at most so many parts, and more threads would have nothing to do. */
const threadCount = () => Math.min(wishedThreads ?? navigator.hardwareConcurrency, mostParts);

const instances = new WeakMap<WebAssembly.Memory, Native>();

/**
 * Instantiates the native kernels, which work in the memory of the backend without copies. In the multi-threaded build of
 * the backend they run on several threads. Returns undefined where this is impossible, because an old engine may lack SIMD.
 */
export function nativeKernels(backend: WasmBackend): Native | undefined {
  const memory = backend.wasm.wasmMemory ?? backend.wasm.asm?.memory;
  if (memory === undefined) return undefined;
  const known = instances.get(memory);
  if (known) return known;
  const shared = typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
  const own = Uint8Array.from(atob(binary), (character) => character.charCodeAt(0));
  const bytes = shared ? withSharedMemory(own) : own;
  if (!WebAssembly.validate(bytes)) return undefined;
  const module = new WebAssembly.Module(bytes);
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const threads = shared ? new Threads(threadCount() - 1, module, memory, instance) : undefined;
  if (threads) endWith(backend, threads);
  const native = { kernels: instance.exports as unknown as NativeKernels, threads };
  instances.set(memory, native);
  return native;
}

/** Ends the threads when the backend is disposed. */
function endWith(backend: WasmBackend, threads: Threads): void {
  const dispose = backend.dispose.bind(backend);
  backend.dispose = () => {
    threads.end();
    dispose();
  };
}

/** The address of a tensor in the memory of the backend. Moves the tensor there from another backend if necessary. */
export function address(backend: WasmBackend, tensor: TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}
