import { loadPackage } from "@invertible/errors";
import type * as Bullmq from "bullmq";
import type * as Ioredis from "ioredis";
import { UsageError } from "../cli/usage-error.ts";

/** What a queue needs. A run without one loads none of it. */
export const loadBullmq = (): Promise<typeof Bullmq> => load("bullmq", () => import("bullmq"));
export const loadRedis = (): Promise<typeof Ioredis> => load("ioredis", () => import("ioredis"));

/** @throws UsageError that says what to install */
async function load<Module>(name: string, importIt: () => Promise<Module>): Promise<Module> {
  return loadPackage("--queue", name, importIt).catch((error: Error) => {
    throw new UsageError(error.message);
  });
}
