import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A child process that answers requests, one at a time: each is a line of JSON, and so is its answer. */
export interface LineProcess {
  /**
   * Sends a request and waits for its answer.
   *
   * @throws Error where the process answers with an `error`, answers something else than JSON, or ends first.
   */
  request<Answer>(name: string, details?: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** Ends the process at once, if it still runs, and waits until it is gone. */
  stop(): Promise<void>;
}

interface Waiting {
  resolve(line: string): void;
  reject(error: Error): void;
}

/** Starts a program that speaks this protocol on its stdin and stdout. What it writes to stderr explains its end. */
export function startLineProcess(
  program: string,
  commandLine: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): LineProcess {
  const child = spawn(program, commandLine, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let lastWords = "";
  let waiting: Waiting | undefined;
  let end: Error | undefined;
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (lastWords = (lastWords + text).slice(-2000)));
  // A process that has just ended no longer reads. Its end is reported below.
  child.stdin.on("error", () => {});
  createInterface({ input: child.stdout }).on("line", (line) => {
    const current = waiting;
    waiting = undefined;
    current?.resolve(line);
  });
  const gone = new Promise<void>((resolve) => {
    const finish = (reason: string) => {
      end ??= new Error(reason);
      waiting?.reject(end);
      waiting = undefined;
      resolve();
    };
    child.on("error", (error) => finish(error.message));
    child.on("close", (exitCode, signal) => {
      const words = lastWords.trim().split("\n").at(-1);
      finish(words || `the process ended with ${signal === null ? `exit code ${exitCode}` : signal}`);
    });
  });

  return {
    async request<Answer>(name: string, details: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
      if (end) throw end;
      if (waiting) throw new Error(`${name}: expected the answer to the request before, received none yet`);
      const line = await new Promise<string>((resolve, reject) => {
        waiting = { resolve, reject };
        child.stdin.write(`${JSON.stringify({ request: name, ...details })}\n`);
      });
      const answer = parsed(name, line);
      if (typeof answer["error"] === "string") throw new Error(answer["error"]);
      return answer as Answer;
    },
    async stop() {
      if (!end) child.kill("SIGKILL");
      await gone;
    },
  };
}

function parsed(name: string, line: string): Record<string, unknown> {
  try {
    const answer: unknown = JSON.parse(line);
    if (typeof answer === "object" && answer !== null) return answer as Record<string, unknown>;
  } catch {
    // The message below says it.
  }
  throw new Error(
    `${name}: expected a line of JSON as the answer, received ${JSON.stringify(line.slice(0, 200))}`,
  );
}
