import type { Redis } from "ioredis";
import { UsageError } from "../cli/usage-error.ts";
import type { QueueAddress } from "./address.ts";
import { loadRedis } from "./packages.ts";

/** How long the first connection may take, milliseconds. */
const patience = 5000;

/**
 * Connects, and waits through every later interruption: commands are sent once the server is back.
 *
 * @param onTrouble is called with each message of a connection that broke off after it had been made
 * @throws UsageError where nobody answers, or the password is wrong
 */
export async function connect(
  { shown, connection }: QueueAddress,
  onTrouble: (message: string) => void = () => {},
): Promise<Redis> {
  const { Redis } = await loadRedis();
  let connected = false;
  const redis = new Redis({
    ...connection,
    lazyConnect: true,
    connectTimeout: patience,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => (connected ? retryAfter(attempt) : null),
  });
  let last = "";
  redis.on("error", ({ message }: Error) => {
    last = message;
    if (connected) onTrouble(message);
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw new UsageError(
      `--queue: expected a Redis or Valkey server at ${shown}, received ${last || (error as Error).message}`,
    );
  }
  connected = true;
  return redis;
}

/**
 * For before anything is written.
 * @throws UsageError where nobody answers, or the password is wrong
 */
export async function checkAnswers(address: QueueAddress): Promise<void> {
  (await connect(address)).disconnect();
}

/** Milliseconds until the next attempt to connect again. */
export const retryAfter = (attempt: number): number => Math.min(100 * attempt, 2000);
