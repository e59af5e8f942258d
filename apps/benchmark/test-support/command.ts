import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { programArguments } from "./program.ts";
import { resultsSchema } from "../src/results/schema.ts";

const program = new URL("../src/main.ts", import.meta.url);

export interface Command {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  readonly output: () => string;
  readonly ended: Promise<{
    readonly exitCode: number | null;
    readonly output: string;
    readonly errors: string;
  }>;
}

/**
 * Runs the command as a user would from a terminal.
 * @param printTo an open file that gets both streams, in place of what the result holds
 */
export function startCommand(
  commandLine: readonly string[],
  folder: string,
  printTo: number | "pipe" = "pipe",
  environment: NodeJS.ProcessEnv = {},
): Command {
  const child = spawn(process.execPath, [...programArguments(program), ...commandLine], {
    cwd: folder,
    stdio: ["ignore", printTo, printTo],
    env: { ...process.env, ...environment },
  });
  let [output, errors] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors += text));
  return {
    process: child,
    output: () => output,
    ended: new Promise((resolve) => child.on("close", (exitCode) => resolve({ exitCode, output, errors }))),
  };
}

export const runCommand = (commandLine: readonly string[], folder: string) =>
  startCommand(commandLine, folder).ended;

/** What has to be equal between runs of the same seed: everything but time and place. */
export function comparableResults(folder: string): unknown {
  const {
    startedAt: _s,
    finishedAt: _f,
    timing: _t,
    machine: _m,
    ...results
  } = resultsSchema.parse(JSON.parse(readFileSync(join(folder, "results.json"), "utf8")));
  return { ...results, jobs: results.jobs.map(({ timing: _, machine: _m, ...job }) => job) };
}

/** Resolves when `condition` holds; gives up with the command. */
export async function until(condition: () => boolean, command: Command): Promise<void> {
  let ended = false;
  void command.ended.then(() => (ended = true));
  while (!condition()) {
    if (ended) throw new Error(`the command ended first: ${JSON.stringify(await command.ended)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
