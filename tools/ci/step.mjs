import { spawn } from "node:child_process";
import { root, toolEnvironment } from "../run/repository.mjs";

/**
 * Runs one command with its output in the open, under a time limit.
 *
 * @param {string} name
 * @param {readonly string[]} command
 * @param {{ minutes: number, cwd?: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ exitCode: number, seconds: number, note: string }>}
 */
export function runStep(name, [program = "", ...commandLine], { minutes, cwd = root, env = {} }) {
  console.log(`\n=== ${name}: ${[program, ...commandLine].join(" ")}`);
  const started = performance.now();
  return new Promise((resolve) => {
    // A process group of its own, so that the time limit also ends what the command started.
    const child = spawn(program, commandLine, {
      cwd,
      env: { ...toolEnvironment(), ...env },
      stdio: ["ignore", "inherit", "inherit"],
      detached: true,
    });
    let note = "";
    const limit = setTimeout(() => {
      note = `stopped after ${minutes} minutes`;
      if (child.pid) process.kill(-child.pid, "SIGKILL");
    }, minutes * 60_000);
    const end = (/** @type {number} */ exitCode) => {
      clearTimeout(limit);
      const seconds = (performance.now() - started) / 1000;
      console.log(
        `=== ${name}: ${exitCode === 0 ? "ok" : "FAILED"} in ${seconds.toFixed(1)} s ${note}`.trimEnd(),
      );
      resolve({ exitCode, seconds, note });
    };
    child.on("error", (error) => {
      note = error.message;
      end(127);
    });
    child.on("close", (exitCode) => end(exitCode ?? 1));
  });
}
