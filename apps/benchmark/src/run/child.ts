import { fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answer, Order } from "./messages.ts";

/** A child process that runs one job: its memory is its own, and goes when it goes. */
export interface Child {
  send(order: Order): void;
  kill(): void;
  /** Resolves once the process is gone, with its last words where it left without an answer. */
  readonly gone: Promise<{
    readonly exitCode: number | null;
    readonly signal: string | null;
    readonly lastWords: string;
  }>;
}

/** The job program beside this file: built, or as source when this file runs as source. */
const program = fileURLToPath(
  new URL(`../job/main${extname(fileURLToPath(import.meta.url))}`, import.meta.url),
);

export function startChild(onAnswer: (answer: Answer) => void): Child {
  const child = fork(program, [], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
  let lastWords = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (lastWords = (lastWords + text).slice(-4000)));
  }
  child.on("message", (answer) => onAnswer(answer as Answer));
  return {
    send: (order) => void (child.connected && child.send(order, () => {})),
    kill: () => void child.kill("SIGKILL"),
    gone: new Promise((resolve) => {
      child.on("error", (error) => resolve({ exitCode: null, signal: null, lastWords: error.message }));
      child.on("close", (exitCode, signal) => resolve({ exitCode, signal, lastWords: lastWords.trim() }));
    }),
  };
}

/** Starts a backend in a process of its own and says what it is. */
export async function probeBackend(backend: Extract<Order, { kind: "probe" }>["backend"]) {
  let answered: Answer | undefined;
  const child = startChild((answer) => (answered = answer));
  child.send({ kind: "probe", backend });
  const { lastWords } = await child.gone;
  if (answered?.kind === "probed") return answered.backend;
  throw new Error(
    answered?.kind === "failed" ? answered.message : lastWords || "the process ended without an answer",
  );
}
