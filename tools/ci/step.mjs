import { spawn } from "node:child_process";
import { root, toolEnvironment } from "../run/repository.mjs";

/**
 * Runs one command under a time limit. Its output is shown at once, or `held` until it ends, so that steps which run side by
 * side do not mix theirs.
 *
 * @param {string} name
 * @param {readonly string[]} command
 * @param {{ minutes: number, cwd?: string, env?: NodeJS.ProcessEnv, held?: boolean }} options
 * @returns {Promise<{ exitCode: number, seconds: number, note: string }>}
 */
export function runStep(
  name,
  [program = "", ...commandLine],
  { minutes, cwd = root, env = {}, held = false },
) {
  const title = `\n=== ${name}: ${[program, ...commandLine].join(" ")}`;
  if (!held) console.log(title);
  const started = performance.now();
  return new Promise((resolve) => {
    // A process group of its own, so that the time limit also ends what the command started.
    const child = spawn(program, commandLine, {
      cwd,
      env: { ...toolEnvironment(), ...env },
      stdio: held ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
      detached: true,
    });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout?.on("data", (chunk) => output.push(chunk));
    child.stderr?.on("data", (chunk) => output.push(chunk));
    let note = "";
    const limit = setTimeout(() => {
      note = `stopped after ${minutes} minutes`;
      if (child.pid) process.kill(-child.pid, "SIGKILL");
    }, minutes * 60_000);
    const end = (/** @type {number} */ exitCode) => {
      clearTimeout(limit);
      const seconds = (performance.now() - started) / 1000;
      if (held) console.log(`${title}\n${Buffer.concat(output)}`);
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
