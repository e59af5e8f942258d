import cliProgress from "cli-progress";
import type { JobObserver } from "./run-jobs.ts";
import type { Progress } from "./messages.ts";
import { formatDuration } from "../results/format.ts";

/** Shows jobs as they run, and takes lines of text in between. */
export interface Display extends JobObserver {
  close(): void;
}

/** One bar per job on a terminal, plain lines now and then elsewhere. */
export function createDisplay(stream: NodeJS.WriteStream, jobNames: readonly string[]): Display {
  const width = Math.max(...jobNames.map((name) => name.length));
  return stream.isTTY ? barDisplay(stream, width) : lineDisplay(stream, width);
}

function barDisplay(stream: NodeJS.WriteStream, width: number): Display {
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
  return {
    started: ({ job }) => {
      byJob.set(job.name, bars.create(1, 0, { job: job.name.padEnd(width), state: "starting" }));
    },
    progressed: ({ job }, progress) => {
      const bar = byJob.get(job.name);
      bar?.setTotal(progress.total);
      bar?.update(progress.done, { state: describe(progress) });
    },
    ended: ({ job }, how) => {
      const bar = byJob.get(job.name);
      if (how.kind === "finished") bar?.update(bar.getTotal(), { state: "done" });
      else bar?.update({ state: how.kind === "stopped" ? `stopped at step ${how.step}` : "failed" });
    },
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
