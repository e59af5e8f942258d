import type { KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";
import { binary } from "./binary.ts";

/** The part of TensorFlow.js's WebAssembly backend that is used here, besides its kernels. */
export interface WasmBackend extends KernelBackend {
  readonly wasm: { readonly asm?: { readonly memory?: WebAssembly.Memory } };
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

const instances = new WeakMap<WebAssembly.Memory, NativeKernels>();

/**
 * Instantiates the native kernels, which work in the memory of the backend without copies. Returns undefined where this is
 * impossible: the multi-threaded build has shared memory, and an old engine may lack SIMD.
 */
export function nativeKernels(backend: WasmBackend): NativeKernels | undefined {
  const memory = backend.wasm.asm?.memory;
  if (memory === undefined) return undefined;
  const known = instances.get(memory);
  if (known) return known;
  const shared = typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
  const bytes = Uint8Array.from(atob(binary), (character) => character.charCodeAt(0));
  if (shared || !WebAssembly.validate(bytes)) return undefined;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const kernels = instance.exports as unknown as NativeKernels;
  instances.set(memory, kernels);
  return kernels;
}

/** The address of a tensor in the memory of the backend. Moves the tensor there from another backend if necessary. */
export function address(backend: WasmBackend, tensor: TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}
