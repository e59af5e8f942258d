import type { KernelCall } from "./override-kernel.ts";
import { mostParts } from "./threads.ts";

/** What `split` must know of a call. */
export type SplitCall = Pick<KernelCall, "backend" | "native" | "threads">;

/** With fewer multiplications than this in a part, waking a thread costs more than it saves. */
const fewestMultiplications = 2 ** 19;

/** How many units are worth a part of their own, for so many multiplications in each. */
export function grainOf(multiplications: number): number {
  return Math.ceil(fewestMultiplications / multiplications);
}

/** A part of the work of a kernel: units `from` to `to`, and the address of scratch memory for it alone. */
export interface Part {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly scratch: number;
}

/** Work that a native kernel can do in parts. */
export interface Work {
  /** How many units there are, such as images or rows. */
  readonly units: number;
  /** How many units are worth a part of their own. */
  readonly grain: number;
  /** Bytes of scratch memory that a part needs. */
  readonly scratch?: number;
  /** The arguments of the kernel for a part. */
  argumentsOf(part: Part): number[];
}

/**
 * The number of parts for so many units. It does not depend on the number of threads, nor on whether they have started, so that a page computes the
 * same numbers at every visit. Without threads it is 1.
 */
function partsOf({ threads }: SplitCall, units: number, grain: number): number {
  return threads ? Math.max(1, Math.min(mostParts, Math.floor(units / grain))) : 1;
}

/** Calls a native kernel for all parts of its work, on all threads if there are any. */
export function split(
  call: SplitCall,
  kernel: string,
  { units, grain, scratch: bytes = 0, argumentsOf }: Work,
): void {
  const parts = partsOf(call, units, grain);
  // Whole vectors of 16 bytes for each part.
  const room = 16 * Math.ceil(bytes / 16);
  withScratch(call, parts * room, (scratch) => {
    const argumentsOfParts = Array.from({ length: parts }, (_, index) =>
      argumentsOf({
        index,
        from: Math.floor((units * index) / parts),
        to: Math.floor((units * (index + 1)) / parts),
        scratch: scratch + index * room,
      }),
    );
    if (parts === 1) call.native[kernel]!(...argumentsOfParts[0]!);
    else call.threads!.run(kernel, argumentsOfParts);
  });
}

/**
 * Calls a native kernel that writes a sum over all units. Each part writes the sum over its own units, and the sums of the parts are added
 * one after the other.
 *
 * @param out the address of the result, which has `size` numbers
 */
export function addUp(
  call: SplitCall,
  out: number,
  size: number,
  work: Omit<Work, "argumentsOf"> & {
    readonly kernel: string;
    /** The arguments of the kernel for a part whose sum stands at address `sum`. */
    argumentsOf(part: Part, sum: number): number[];
  },
): void {
  const parts = partsOf(call, work.units, work.grain);
  if (parts === 1) split(call, work.kernel, { ...work, argumentsOf: (part) => work.argumentsOf(part, out) });
  else
    withScratch(call, 4 * parts * size, (sums) => {
      split(call, work.kernel, {
        ...work,
        argumentsOf: (part) => work.argumentsOf(part, sums + 4 * part.index * size),
      });
      call.native["sumRows"]!(sums, out, parts, size);
    });
}

/**
 * Runs `use` with the address of scratch memory, or with 0 if it needs none. The memory comes straight from the allocator, because a tensor
 * would cost more than many a kernel.
 */
export function withScratch<T>(
  { backend: { wasm } }: Pick<KernelCall, "backend">,
  bytes: number,
  use: (scratch: number) => T,
): T {
  if (bytes === 0) return use(0);
  const scratch = wasm._malloc(bytes) >>> 0;
  if (scratch === 0)
    throw new Error(`wasm: expected ${bytes} bytes of scratch memory, but the memory is full`);
  try {
    return use(scratch);
  } finally {
    wasm._free(scratch);
  }
}
