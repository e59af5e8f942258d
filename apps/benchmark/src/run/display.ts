import cliProgress from "cli-progress";
import type { JobObserver } from "./run-jobs.ts";
import type { Progress } from "./messages.ts";
import { formatDuration } from "../results/format.ts";

/** Shows jobs as they run. */
export interface Display extends JobObserver {
  /** Lines that are no job's. */
  say(line: string): void;
  close(): void;
}

/**
 * One bar per job on a terminal, plain lines now and then elsewhere.
 *
 * @param keepEnded whether the bars of jobs that have ended stay; many machines have more jobs than a terminal has lines
 */
export function createDisplay(
  stream: NodeJS.WriteStream,
  jobNames: readonly string[],
  keepEnded = true,
): Display {
  const width = Math.max(...jobNames.map((name) => name.length));
  return stream.isTTY ? barDisplay(stream, width, keepEnded) : lineDisplay(stream, width);
}

function barDisplay(stream: NodeJS.WriteStream, width: number, keepEnded: boolean): Display {
  const bars = new cliProgress.MultiBar(
    {
      stream,
      format: "{job} {bar} {percentage}% {state}",
      barsize: 24,
      barCompleteChar: "█",
      barIncompleteChar: "░",
      hideCursor: true,
      gracefulExit: false,
      emptyOnZero: true,
      linewrap: false,
      fps: 8,
    },
    cliProgress.Presets.shades_classic,
  );
  const byJob = new Map<string, cliProgress.SingleBar>();
  /** Of a job that another program began, the start was not seen. */
  const barOf = (name: string) => {
    const bar = byJob.get(name) ?? bars.create(1, 0, { job: name.padEnd(width), state: "starting" });
    byJob.set(name, bar);
    return bar;
  };
  return {
    started: ({ job }) => void barOf(job.name),
    progressed: ({ job }, progress) => {
      const bar = barOf(job.name);
      bar.setTotal(progress.total);
      bar.update(progress.done, { state: describe(progress) });
    },
    ended: ({ job }, how) => {
      const bar = barOf(job.name);
      if (!keepEnded) {
        bars.remove(bar);
        byJob.delete(job.name);
      } else if (how.kind === "finished") bar.update(bar.getTotal(), { state: "done" });
      else bar.update({ state: how.kind === "stopped" ? `stopped at step ${how.step}` : "failed" });
    },
    say: (line) => bars.log(`${line}\n`),
    close: () => bars.stop(),
  };
}

const quietSeconds = 10;

function lineDisplay(stream: NodeJS.WriteStream, width: number): Display {
  const spokenAt = new Map<string, { at: number; phase: string }>();
  const say = (name: string, text: string) => void stream.write(`${name.padEnd(width)}  ${text}\n`);
  return {
    started: ({ job }) => say(job.name, "starting"),
    progressed: ({ job }, progress) => {
      const now = performance.now();
      const last = spokenAt.get(job.name);
      if (last && last.phase === progress.phase && now - last.at < quietSeconds * 1000) return;
      spokenAt.set(job.name, { at: now, phase: progress.phase });
      say(job.name, describe(progress));
    },
    ended: ({ job }, how) => {
      if (how.kind === "finished") say(job.name, "done");
      else say(job.name, how.kind === "stopped" ? `stopped at step ${how.step}` : `failed: ${how.message}`);
    },
    say: (line) => void stream.write(`${line}\n`),
    close: () => {},
  };
}

function describe({ phase, done, total, loss, stepsPerSecond }: Progress): string {
  const parts = [`${phase} ${done}/${total}`];
  if (loss !== undefined) parts.push(`loss ${loss}`);
  if (stepsPerSecond !== undefined && stepsPerSecond > 0) {
    parts.push(
      `${stepsPerSecond.toFixed(1)} steps/s`,
      `${formatDuration((total - done) / stepsPerSecond)} left`,
    );
  }
  return parts.join("  ");
}
