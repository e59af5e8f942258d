import type { JobRequest } from "../job/request.ts";
import { startChild } from "./child.ts";
import type { Answer, Progress } from "./messages.ts";

/** What a display has to know. */
export interface JobObserver {
  started(request: JobRequest): void;
  progressed(request: JobRequest, progress: Progress): void;
  ended(request: JobRequest, how: JobEnd): void;
}

export type JobEnd =
  | { readonly kind: "finished" }
  | { readonly kind: "stopped"; readonly step: number }
  /** `died` tells a process that ended without a word from a job that failed. */
  | { readonly kind: "failed"; readonly message: string; readonly died: boolean };

export interface JobsOutcome {
  readonly interrupted: boolean;
  readonly failures: readonly { readonly request: JobRequest; readonly message: string }[];
}

/**
 * Runs each request in a child process, at most `sideBySide` at a time.
 *
 * @param isWorthwhile asked before each job: where it says no, the waiting ones are left out
 * @param interruption aborting it once lets every child finish its step and write its checkpoint
 * @param emergency aborting it kills them
 */
export async function runJobs(
  requests: readonly JobRequest[],
  sideBySide: number,
  observer: JobObserver,
  isWorthwhile: () => boolean,
  interruption: AbortSignal,
  emergency: AbortSignal,
): Promise<JobsOutcome> {
  const waiting = [...requests];
  const failures: { request: JobRequest; message: string }[] = [];

  const runOne = async (request: JobRequest): Promise<void> => {
    const progressed = (progress: Progress) => observer.progressed(request, progress);
    const end = await runInChild(request, progressed, interruption, emergency);
    if (end.kind === "failed" && !emergency.aborted) failures.push({ request, message: end.message });
    observer.ended(request, end);
  };

  const worker = async (): Promise<void> => {
    for (;;) {
      const request = interruption.aborted || !isWorthwhile() ? undefined : waiting.shift();
      if (!request) return;
      observer.started(request);
      await runOne(request);
    }
  };
  await Promise.all(Array.from({ length: Math.min(sideBySide, requests.length) }, worker));
  return { interrupted: interruption.aborted, failures };
}

/** Runs one request in a process of its own. Aborting `interruption` asks it to stop, `emergency` kills it. */
export async function runInChild(
  request: JobRequest,
  progressed: (progress: Progress) => void,
  interruption: AbortSignal,
  emergency: AbortSignal,
): Promise<JobEnd> {
  let answered: JobEnd | undefined;
  const child = startChild((answer: Answer) => {
    if (answer.kind === "progress") progressed(answer);
    else if (answer.kind === "failed") answered = { ...answer, died: false };
    else if (answer.kind !== "probed") answered = answer;
  });
  const stop = () => child.send({ kind: "stop" });
  const kill = () => child.kill();
  interruption.addEventListener("abort", stop);
  emergency.addEventListener("abort", kill);
  try {
    child.send({ kind: "run", request });
    if (interruption.aborted) stop();
    const { exitCode, signal, lastWords } = await child.gone;
    return answered ?? { kind: "failed", message: describeDeath(exitCode, signal, lastWords), died: true };
  } finally {
    interruption.removeEventListener("abort", stop);
    emergency.removeEventListener("abort", kill);
  }
}

function describeDeath(exitCode: number | null, signal: string | null, lastWords: string): string {
  const how = signal === null ? `with exit code ${exitCode ?? "unknown"}` : `by ${signal}`;
  return `the job's process ended ${how}${lastWords === "" ? "" : `: ${lastWords}`}`;
}
