import * as tf from "@tensorflow/tfjs-core";
import { OutOfMemoryError } from "@invertible/errors";

/** WebAssembly addresses its memory by 32 bits. */
const addressable = 2 ** 32;
/** More than the allocator adds to a request: a header, alignment, and growth in pages. */
const slack = 2 ** 20;
/** What it adds to every tensor at most, by header and alignment. */
const perTensor = 64;

interface WasmModule {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/**
 * Makes the wasm backend throw an OutOfMemoryError for a tensor that does not fit into its memory, and stay usable.
 *
 * As shipped, it goes on with address 0, which a failed allocation returns, and writes the tensor over its own data. It cuts sizes of
 * 4 GB and more to 32 bits. And its allocator adds sizes to addresses without a check for overflow, so near 4 GB it may hand out memory
 * that does not exist. So a request is passed on only if the memory can still grow by it, or if there is a gap for it between the
 * tensors.
 */
export function guardMemory(backend: tf.KernelBackend): void {
  const { wasm } = backend as unknown as { readonly wasm: WasmModule };
  // At their first call, the glue code replaces the functions by others.
  const begin = wasm._malloc(8) >>> 0;
  wasm._free(begin);
  const { _malloc: allocate, _free: free } = wasm;
  /** The size of each tensor by an eighth of its address, which is whole. Such keys are small integers, on which maps are fast. */
  const tensors = new Map<number, number>();
  let lost = false;

  /** No more than the largest gap between tensors. Found anew only where it is not enough. */
  let room = 0;
  const fits = (bytes: number) => {
    const [end, needed] = [wasm.HEAPU8.length, bytes + slack];
    if (end + needed >= addressable) {
      if (room < needed) room = largestGap(tensors, begin, end);
      if (room < needed) return false;
    }
    room -= bytes + perTensor;
    return true;
  };
  wasm._malloc = (bytes) => {
    const address = !lost && fits(bytes) ? allocate(bytes) >>> 0 : 0;
    if (address > 0 && address + bytes > wasm.HEAPU8.length) lost = true;
    else if (address > 0 || bytes === 0) {
      tensors.set(address >>> 3, bytes);
      return address;
    }
    throw new OutOfMemoryError(
      `wasm: expected a tensor that fits into memory, received one of ${gigabytes(bytes)} beside about ` +
        `${gigabytes(tf.memory().numBytes)} in others; this backend can address 4 GB` +
        (lost
          ? ". Its allocator is out of order after this, so start the process or reload the page anew"
          : ""),
    );
  };
  wasm._free = (address) => {
    tensors.delete(address >>> 3);
    free(address);
  };
}

/** The largest part of the memory from `begin` to `end` in which there is no tensor. */
function largestGap(tensors: ReadonlyMap<number, number>, begin: number, end: number): number {
  let [gap, from] = [0, begin];
  for (const [eighth, bytes] of [...tensors].sort(([a], [b]) => a - b)) {
    const address = 8 * eighth;
    gap = Math.max(gap, address - from);
    from = Math.max(from, address + bytes);
  }
  return Math.max(gap, end - from);
}

const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(2)} GB`;
