import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import { aptInstall } from "./apt-install.ts";

/** A server of its own for a test, on loopback, with an append-only file. */
export interface TestRedis {
  readonly port: number;
  readonly password: string;
  /** Ends the server and starts it again on the same file. SIGKILL is what a machine without power does. */
  restart(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** For a look inside. */
  readonly client: Redis;
  stop(): Promise<void>;
}

const programs = ["redis-server", "valkey-server"];

const inPath = (name: string): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

const findProgram = () => programs.map(inPath).find((path) => path !== undefined);

/**
 * The server's program. In continuous integration it is installed where it is absent; elsewhere a test installs nothing.
 * @returns why there is none, otherwise
 */
export function findRedis(): { readonly program: string } | { readonly problem: string } {
  const found = findProgram();
  if (found !== undefined) return { program: found };
  if (process.env["CI"] !== "true")
    return {
      problem: `neither ${programs.join(" nor ")} is installed (Debian: apt-get install redis-server)`,
    };
  try {
    aptInstall("redis-server");
  } catch (error) {
    return { problem: `apt-get could not install redis-server: ${(error as Error).message}` };
  }
  const program = findProgram();
  return program === undefined ? { problem: "apt-get installed no redis-server" } : { program };
}

export async function startRedis(program: string, folder: string): Promise<TestRedis> {
  const port = await freePort();
  const password = "a secret of this test";
  const config = join(folder, "redis.conf");
  // In a file, as on a real machine: the list of processes shows command lines.
  writeFileSync(
    config,
    [
      `port ${port}`,
      "bind 127.0.0.1",
      `requirepass "${password}"`,
      `dir "${folder}"`,
      "appendonly yes",
      'save ""',
      "",
    ].join("\n"),
  );
  const client = new Redis({
    port,
    password,
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: () => 100,
  });
  client.on("error", () => {});
  let server: ChildProcess;
  const start = async () => {
    server = spawn(program, [config], { stdio: "ignore" });
    const ended = new Promise<never>((_resolve, reject) =>
      server.once("exit", (code) =>
        reject(new Error(`${program}: expected to run, ended with exit code ${code}`)),
      ),
    );
    ended.catch(() => {});
    await Promise.race([client.ping(), ended]);
  };
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill(signal);
    await gone;
  };
  await start();
  return {
    port,
    password,
    client,
    async restart(signal) {
      await end(signal);
      await wait(200);
      await start();
    },
    async stop() {
      client.disconnect();
      await end("SIGKILL");
    },
  };
}

/**
 * Below the ports that the system gives to outgoing connections. Of those, a client that calls a server which is away can be given the very
 * port that it calls: then it is connected to itself, and the server cannot come back.
 */
async function freePort(): Promise<number> {
  const port = 10_000 + Math.floor(20_000 * Math.random());
  const isFree = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
  return isFree ? port : freePort();
}
