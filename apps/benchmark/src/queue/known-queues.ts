import type { Redis } from "ioredis";
import { z } from "zod";
import { describeDifference } from "../results/versions.ts";
import { queueName, queuePrefix } from "./cell-queue.ts";

/** One queue for the versions of everything that computes. Kept in Redis, so that a worker can say why it leaves cells alone. */
const knownSchema = z.object({ versions: z.record(z.string(), z.string()), usedAt: z.number() });

const key = "invertible:queues";
const forgottenAfter = 30 * 24 * 3600 * 1000;

type Versions = Readonly<Record<string, string>>;

/** Remembers that there are cells of these versions. */
export async function rememberQueue(redis: Redis, versions: Versions): Promise<void> {
  await redis.hset(key, queueName(versions), JSON.stringify({ versions, usedAt: Date.now() }));
}

/** One line for each queue of another version in which cells wait. */
export async function describeOtherQueues(redis: Redis, versions: Versions): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, text] of Object.entries(await redis.hgetall(key))) {
    if (name === queueName(versions)) continue;
    const known = knownSchema.safeParse(JSON.parse(text)).data;
    if (!known || Date.now() - known.usedAt > forgottenAfter) {
      await redis.hdel(key, name);
      continue;
    }
    const waiting = await redis.llen(`${queuePrefix}:${name}:wait`);
    if (waiting > 0)
      lines.push(
        `Refused: ${waiting} ${waiting === 1 ? "cell" : "cells"} asked for with other versions (${describeDifference(known.versions, versions)}). They need a worker of those versions.`,
      );
  }
  return lines;
}
