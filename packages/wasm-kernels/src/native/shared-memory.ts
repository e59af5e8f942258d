/** An import of memory by the name env.memory with no lower and no upper limit, and the section of imports around it. */
const own = [0x02, 0x0f, 0x01, ...named("env"), ...named("memory"), 0x02, 0x00, 0x00];
/** The same for shared memory, which must have an upper limit: 65536 pages of 64 KiB, as the backend says too. */
const shared = [0x02, 0x12, 0x01, ...named("env"), ...named("memory"), 0x02, 0x03, 0x00, 0x80, 0x80, 0x04];

/**
 * The module in `bytes`, with shared memory in place of memory of its own. WebAssembly has the type of a memory in its module, and both
 * forms do not differ in anything else, so that one binary serves both.
 */
export function withSharedMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const at = bytes.findIndex((_, i) => own.every((byte, j) => bytes[i + j] === byte));
  if (at < 0) throw new Error("withSharedMemory: expected a module that imports env.memory alone");
  return Uint8Array.from([...bytes.subarray(0, at), ...shared, ...bytes.subarray(at + own.length)]);
}

function named(name: string): number[] {
  return [name.length, ...[...name].map((letter) => letter.charCodeAt(0))];
}
