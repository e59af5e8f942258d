import type { LineProcess } from "../processes/line-process.ts";

/** What is known of work that has no result. */
export interface GivenUp {
  /** Why. */
  readonly skipped: string;
  /** Whether the reason is that the time was up. */
  readonly late: boolean;
}

/** The time of a process is up. */
export class TimeIsUp extends Error {}

/**
 * Works with a process, and ends it afterwards. Once the time is up, every request rejects with `TimeIsUp`, and so does the one that waits
 * for its answer.
 */
export async function withProcess<T>(
  start: () => LineProcess,
  seconds: number,
  work: (process: LineProcess) => Promise<T>,
): Promise<T | GivenUp> {
  let timer: NodeJS.Timeout | undefined;
  const up = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TimeIsUp(`nothing was done in ${seconds.toFixed(0)} s`)),
      seconds * 1000,
    );
  });
  // Only those who wait need to hear of it.
  up.catch(() => {});
  const process = start();
  try {
    return await work({
      ...process,
      request<Answer>(name: string, details?: Readonly<Record<string, unknown>>) {
        const answer = process.request<Answer>(name, details);
        // A request that is given up ends with its process.
        answer.catch(() => {});
        return Promise.race([answer, up]);
      },
    });
  } catch (error) {
    return {
      skipped: error instanceof Error ? error.message : String(error),
      late: error instanceof TimeIsUp,
    };
  } finally {
    clearTimeout(timer);
    await process.stop();
  }
}
