import type { KernelBackend, TensorInfo } from "@tensorflow/tfjs";
import { binary } from "./binary.ts";

/** What we use of TensorFlow.js's WebAssembly backend, besides its kernels. */
export interface WasmBackend extends KernelBackend {
  readonly wasm: { readonly asm?: { readonly memory?: WebAssembly.Memory } };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: TensorInfo["dtype"]): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array;
}

/** Tensors by their address in the backend's memory; sizes as the sources in ../../assembly say. */
type Kernel = (...values: number[]) => number;
export type NativeKernels = Readonly<Record<string, Kernel>>;

const instances = new WeakMap<WebAssembly.Memory, NativeKernels>();

/**
 * Our kernels, working in the memory of the backend without copies. Undefined where that cannot be: the
 * multi-threaded build's memory is shared, and an old engine may lack SIMD.
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

/** Where a tensor lies in the backend's memory. Moves it there from another backend if need be. */
export function address(backend: WasmBackend, tensor: TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}
