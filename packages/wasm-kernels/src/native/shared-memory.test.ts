import { describe, expect, it } from "vitest";
import { binary } from "./binary.ts";
import { withSharedMemory } from "./shared-memory.ts";

const bytes = Uint8Array.from(atob(binary), (character) => character.charCodeAt(0));

describe("withSharedMemory", () => {
  it("makes a module that works in the memory of the multi-threaded build", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(withSharedMemory(bytes)), {
      env: { memory },
    });
    const numbers = new Float32Array(memory.buffer);
    numbers.set([1, -2, 3, -4, 5]);
    (instance.exports["relu"] as (x: number, out: number, bytes: number) => void)(0, 64, 20);
    expect([...numbers.subarray(16, 22)]).toEqual([1, 0, 3, 0, 5, 0]);
  });

  it("refuses a module that imports something else", () => {
    expect(() => withSharedMemory(bytes.subarray(0, 100))).toThrow(/imports env.memory alone/);
  });
});
