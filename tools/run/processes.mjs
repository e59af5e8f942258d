import { spawn } from "node:child_process";
import { basename } from "node:path";
import { constants } from "node:os";
import { root, toolEnvironment } from "./repository.mjs";

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

const onWindows = process.platform === "win32";

/**
 * npm itself, the one that started us when there is one.
 *
 * @param {readonly string[]} commandLine
 */
export function runNpm(commandLine) {
  const running = process.env["npm_execpath"];
  const [program, leading] =
    running && basename(running) === "npm-cli.js" ? [process.execPath, [running]] : ["npm", []];
  return spawnCaptured(program, [...leading, ...commandLine]);
}

/**
 * A program whose output nobody sees unless we show it: one of node_modules/.bin, or Node.
 *
 * @param {string} program
 * @param {readonly string[]} commandLine
 */
export function spawnCaptured(program, commandLine, cwd = root) {
  return spawn(program, commandLine, {
    cwd,
    env: toolEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    // Only .cmd launchers need a shell.
    shell: onWindows && program !== process.execPath,
  });
}

/**
 * Keeps a child's output to itself, and says what is going on once it takes longer than a moment.
 *
 * @param {string} what
 * @param {() => ChildProcess} start
 * @returns {Promise<{ exitCode: number, output: string }>}
 */
export async function runQuietly(what, start) {
  const started = performance.now();
  const announcement = setTimeout(() => console.error(`${what} ...`), 800);
  const { exitCode, output } = await captured(start());
  clearTimeout(announcement);
  const seconds = (performance.now() - started) / 1000;
  if (exitCode === 0 && seconds > 0.8) console.error(`${what}: done in ${seconds.toFixed(1)} s`);
  return { exitCode, output };
}

/**
 * @param {string} program
 * @param {readonly string[]} commandLine
 * @param {string} cwd
 */
export const capture = (program, commandLine, cwd) => captured(spawnCaptured(program, commandLine, cwd));

/** @param {ChildProcess} child */
async function captured(child) {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (/** @type {string} */ text) => (output += text));
  }
  const exitCode = await finished(child);
  return { exitCode, output };
}

/**
 * Runs a Node program in the foreground with our own terminal, and hands it the signals we get.
 *
 * Ctrl-C in a terminal reaches the whole foreground group by itself, and npm passes it on once more: forwarding it
 * would make the program see it twice, and a second interrupt means "stop at once". So an interrupt is forwarded only
 * where no terminal is attached, and repeats within a second count as one.
 *
 * @param {readonly string[]} commandLine the program's file, then its arguments
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} its exit code
 */
export async function runInForeground(commandLine, { cwd, env = process.env }) {
  const child = spawn(process.execPath, commandLine, { cwd, env, stdio: "inherit" });
  const inTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  let interruptedAt = -Infinity;
  const interrupt = () => {
    const now = performance.now();
    if (!inTerminal && now - interruptedAt > 1000) child.kill("SIGINT");
    interruptedAt = now;
  };
  const terminate = () => child.kill("SIGTERM");
  process.on("SIGINT", interrupt).on("SIGTERM", terminate);
  try {
    return await finished(child);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", terminate);
  }
}

/**
 * @param {ChildProcess} child
 * @returns {Promise<number>} the exit code; 128 + n when signal n ended it, as a shell says it
 */
function finished(child) {
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`run: ${error.message}`);
      resolve(127);
    });
    child.on("close", (exitCode, signal) => {
      resolve(exitCode ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
