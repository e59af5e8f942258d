import type { Redis } from "ioredis";

/** How often a cell was begun since it last got further, and how often it failed. */
export interface Tries {
  begin(): Promise<number>;
  fail(): Promise<number>;
  gotFurther(): Promise<void>;
  /** A cell that was given back, or that the machine could not take, was not begun. */
  undoBegin(): Promise<void>;
}

const key = (cell: string) => `invertible:tries:${cell}`;
const keptSeconds = 7 * 24 * 3600;

export function triesOf(redis: Redis, cell: string): Tries {
  const count = async (what: "starts" | "failures") => {
    const value = await redis.hincrby(key(cell), what, 1);
    await redis.expire(key(cell), keptSeconds);
    return value;
  };
  return {
    begin: () => count("starts"),
    fail: () => count("failures"),
    undoBegin: async () => void (await redis.hincrby(key(cell), "starts", -1)),
    gotFurther: async () => void (await redis.hset(key(cell), "starts", 0)),
  };
}

/** For cells that are tried again by somebody who knows why. */
export async function forgetTries(redis: Redis, cells: readonly string[]): Promise<void> {
  if (cells.length > 0) await redis.del(cells.map(key));
}
