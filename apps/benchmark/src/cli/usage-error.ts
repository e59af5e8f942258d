/** The command line asks for something that cannot be. Its message is one line; the exit code is 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError `<where>: expected <expected>, received <received>` */
export function failUsage(where: string, expected: string, received: unknown): never {
  const shown = typeof received === "string" ? JSON.stringify(received) : String(received);
  throw new UsageError(`${where}: expected ${expected}, received ${shown}`);
}
