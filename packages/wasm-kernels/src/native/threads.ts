import { threadSource } from "./thread-source.ts";

/** Parts of a job at most, and arguments of a kernel at most. */
export const mostParts = 16;
const mostArguments = 24;

/**
 * Where what stands in the control block, which is an array of int32.
 *
 * `ticket` is the number of the job, the number of its parts and the next part, in 16, 8 and 8 bits. Whoever replaces it by the ticket of the
 * following part has taken the part. One word holds all three, so nobody can take a part of a job that has ended.
 * `open` is how many parts are not finished, and `helped` how many the workers have computed so far.
 */
const slots = { ticket: 0, open: 1, ready: 2, failed: 3, kernel: 4, count: 5, helped: 6, values: 8 };

/** A thread that does not finish its part in this time has been ended by the browser. */
const patience = 60_000;

/** The parts of one call of a native kernel: its arguments, part by part. */
export type Parts = readonly (readonly number[])[];

/**
 * Threads that run native kernels in shared memory. The caller takes parts too, and waits for the others by asking again and again: the
 * main thread of a page must not sleep, and parts take microseconds.
 */
export class Threads {
  readonly #control = new Int32Array(new SharedArrayBuffer(4 * (slots.values + mostParts * mostArguments)));
  readonly #workers: readonly Worker[];
  readonly #names: readonly string[];
  readonly #kernels: readonly ((...values: number[]) => unknown)[];
  #job = 0;

  /**
   * Starts `count` workers beside the caller. They begin to help when they have started. Where a page forbids workers from a blob, the caller
   * works alone.
   *
   * @param instance the caller's instance of `module` in `memory`
   */
  constructor(
    count: number,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    instance: WebAssembly.Instance,
  ) {
    const functions = Object.entries(instance.exports).filter(([, value]) => typeof value === "function");
    this.#names = functions.map(([name]) => name);
    this.#kernels = functions.map(([, value]) => value as (...values: number[]) => unknown);
    this.#workers = startWorkers(count);
    const message = { module, memory, control: this.#control, names: this.#names, slots };
    for (const worker of this.#workers) worker.postMessage(message);
  }

  /** How many workers have started. */
  get ready(): number {
    return Atomics.load(this.#control, slots.ready);
  }

  /** How many parts the workers have computed so far. */
  get helped(): number {
    return Atomics.load(this.#control, slots.helped);
  }

  /** Calls a native kernel once for each part, on all threads, and returns when the last one is finished. */
  run(kernel: string, parts: Parts): void {
    const [control, count] = [this.#control, parts[0]?.length ?? 0];
    if (parts.length > mostParts || count > mostArguments)
      throw new Error(`Threads: expected at most ${mostParts} parts of ${mostArguments} arguments`);
    const index = this.#names.indexOf(kernel);
    control[slots.kernel] = index;
    control[slots.count] = count;
    parts.forEach((values, part) => control.set(values, slots.values + part * count));
    Atomics.store(control, slots.open, parts.length);
    this.#job = (this.#job + 1) & 0x7fff;
    Atomics.store(control, slots.ticket, (this.#job << 16) | (parts.length << 8));
    Atomics.notify(control, slots.ticket);

    for (;;) {
      const ticket = Atomics.load(control, slots.ticket);
      const part = ticket & 255;
      if (part >= parts.length) break;
      if (Atomics.compareExchange(control, slots.ticket, ticket, ticket + 1) !== ticket) continue;
      this.#kernels[index]!(...parts[part]!);
      Atomics.sub(control, slots.open, 1);
    }
    this.#wait(kernel);
  }

  /** Ends the workers. */
  end(): void {
    for (const worker of this.#workers) worker.terminate();
  }

  #wait(kernel: string): void {
    let started: number | undefined;
    for (let turn = 1; Atomics.load(this.#control, slots.open) > 0; turn++) {
      if (turn % 2 ** 20 !== 0) continue;
      started ??= performance.now();
      if (performance.now() - started > patience)
        throw new Error(`wasm kernels: a thread did not finish its part of ${kernel}; reload the page`);
    }
    if (Atomics.exchange(this.#control, slots.failed, 0) === 1)
      throw new Error(`wasm kernels: a thread failed in ${kernel}`);
  }
}

function startWorkers(count: number): Worker[] {
  if (count < 1 || typeof Worker === "undefined") return [];
  const url = URL.createObjectURL(new Blob([threadSource], { type: "text/javascript" }));
  try {
    return Array.from({ length: count }, () => new Worker(url));
  } catch {
    return [];
  }
}
