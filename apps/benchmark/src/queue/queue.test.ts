import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { decodeSafetensors } from "@invertible/flow";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { comparableResults, runCommand, startCommand, until } from "../../test-support/command.ts";
import type { Command } from "../../test-support/command.ts";
import { findRedis, startRedis } from "../../test-support/redis.ts";
import type { TestRedis } from "../../test-support/redis.ts";
import { resultsSchema } from "../results/schema.ts";
import { environmentNames } from "./address.ts";

const redisOrNot = findRedis();
const problem = "problem" in redisOrNot ? redisOrNot.problem : undefined;
const whole = process.env["INVERTIBLE_LONG_TESTS"] === "1";
/** Of workers and their children, and of the server. */
const [kills, restarts] = whole ? [200, 5] : [5, 1];

/** Trains for a second or two. */
const table = ["table", "toy", "--models", "glow", "--seeds", "3", "--steps", "60", "--seed", "5"];
const choices = [...table, "--datasets", "moons", "--engine", "eager", "--checkpoint-every", "7"];
const cells = 3;

/** A model that trains in no time, where it does what `build` says. */
const model = (build = "") => `
import { createFlow, standardNormal } from "@invertible/flow";
import { actNorm } from "@invertible/layers";

export default {
  kinds: ["plane"],
  training: () => ({ steps: 3, optimizer: "adam", learningRate: 1e-2, finalRate: 0.02, checkpointEvery: 50 }),
  build: ({ shape }) => {
    ${build}
    return {
      flow: createFlow({ bijection: actNorm({ inputShape: shape }), base: standardNormal({ shape }) }),
      architecture: {},
      logDet: "sum of log-scales",
    };
  },
};
`;
const few = ["--models", "own", "--datasets", "moons", "--engine", "eager"];

describe.skipIf(problem !== undefined)(`a queue${problem === undefined ? "" : ` (${problem})`}`, () => {
  let folder: string;
  let redis: TestRedis;
  let environment: NodeJS.ProcessEnv;
  const running = new Set<Command>();
  const at = (...parts: string[]) => join(folder, ...parts);
  const begin = (commandLine: readonly string[], cwd = folder) => {
    const command = startCommand(commandLine, cwd, "pipe", environment);
    running.add(command);
    void command.ended.then(() => running.delete(command));
    return command;
  };
  const worker = (name: string, cwd = folder) =>
    begin(["worker", "--queue", "--jobs", "1", "--name", name], cwd);
  const submit = (out: string, what: readonly string[] = choices) =>
    begin([...what, "--queue", "--out", out]);
  const local = () => comparableResults(at("local"));

  beforeAll(async () => {
    if (!("program" in redisOrNot)) return;
    folder = mkdtempSync(join(tmpdir(), "bench-queue-"));
    redis = await startRedis(redisOrNot.program, folder);
    environment = {
      [environmentNames.url]: `redis://127.0.0.1:${redis.port}`,
      [environmentNames.password]: redis.password,
    };
    writeFileSync(at("package.json"), '{ "type": "module" }');
    const { exitCode, errors } = await runCommand([...choices, "--out", "local"], folder);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
  }, 300_000);
  afterEach(async () => {
    for (const { process } of running) process.kill("SIGKILL");
    await Promise.all([...running].map(({ ended }) => ended));
    await redis.client.flushall();
  });
  afterAll(async () => {
    if (problem !== undefined) return;
    await redis.stop();
    // The process of a cell may outlive its killed worker for a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  });

  it("gives the numbers of a local run on three workers, whose cells two submitters share", async () => {
    const workers = ["a", "b", "c"].map((name) => worker(name));
    const first = submit("first");
    const second = submit("second");
    await until(() => first.output().includes("done"), first);
    // Ctrl-C: the queue goes on without it.
    first.process.kill("SIGINT");
    expect((await first.ended).exitCode).toBe(130);
    const again = submit("first");
    for (const { ended } of [again, second]) {
      const { exitCode, errors } = await ended;
      expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
    }
    expect(comparableResults(at("first"))).toEqual(local());
    expect(comparableResults(at("second"))).toEqual(local());
    const taken = workers.map(({ output }) => output().match(/: taken/g)?.length ?? 0);
    expect(taken.reduce((a, b) => a + b)).toBe(cells);

    // The report says where each cell ran.
    const { jobs } = resultsSchema.parse(JSON.parse(readFileSync(at("second", "results.json"), "utf8")));
    const machines = jobs.map(({ machine }) => machine?.name);
    expect(machines.every((name) => ["a", "b", "c"].includes(name ?? ""))).toBe(true);
    const report = readFileSync(at("second", "report.html"), "utf8");
    for (const name of new Set(machines)) expect(report).toContain(`${name}:`);

    // Nobody who looks at processes, logs or results finds the password.
    const processes = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
    const written = ["first", "second"].flatMap((run) =>
      readdirSync(at(run), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")),
    );
    const printed = [...workers, again, second].map(({ output }) => output());
    for (const text of [processes, ...written, ...printed]) expect(text).not.toContain(redis.password);
  }, 300_000);

  it(`ends with the numbers of a local run after ${kills} kills of workers and their children, and ${restarts} of the server`, async () => {
    const workers = new Map(["a", "b", "c"].map((name) => [name, worker(name)]));
    let killed = 0;
    let restarted = 0;
    for (let round = 0; killed < kills; round++) {
      await redis.client.flushall();
      const out = `killed-${round}`;
      let submitter = submit(out);
      let over = false;
      const watch = (command: Command) =>
        void command.ended.then(({ exitCode }) => {
          over ||= exitCode !== null;
        });
      watch(submitter);
      while (!over) {
        await wait(500 + 1500 * Math.random());
        if (over || killed >= kills) continue;
        const names = [...workers.keys()];
        const name = names[Math.floor(names.length * Math.random())]!;
        const { process: victim } = workers.get(name)!;
        const family = descendants(victim.pid!);
        const pid = family[Math.floor(family.length * Math.random())]!;
        killed += 1;
        tryToKill(pid);
        if (pid === victim.pid) workers.set(name, worker(name));
        if (killed % Math.ceil(kills / (restarts + 1)) === 0 && restarted < restarts) {
          restarted += 1;
          await redis.restart(restarted % 2 === 0 ? "SIGTERM" : "SIGKILL");
        }
        if (killed % Math.ceil(kills / 3) === 1 && !over) {
          submitter.process.kill("SIGKILL");
          await submitter.ended;
          submitter = submit(out);
          watch(submitter);
        }
      }
      const { exitCode, errors } = await submitter.ended;
      expect({ exitCode, errors: errors.replace(/^The connection .*\n/gm, "") }).toEqual({
        exitCode: 0,
        errors: "",
      });
      expect(comparableResults(at(out))).toEqual(local());
      expect(await redis.client.keys("invertible:published:*")).toHaveLength(cells);
    }
    expect({ killed, restarted }).toEqual({ killed: kills, restarted: restarts });
  }, 3_600_000);

  it("sets a cell aside that fails again and again, with its error, and runs the others", async () => {
    writeFileSync(at("good.js"), model());
    writeFileSync(at("bad.js"), model('throw new Error("this model cannot be built");'));
    worker("a");
    const both = ["--model", "own=./good.js", "--model", "bad=./bad.js", "--models", "own,bad"];
    const submitter = submit("poison", [...both, "--datasets", "moons", "--engine", "eager"]);
    const { exitCode, output, errors } = await submitter.ended;
    expect(exitCode).toBe(1);
    expect(output).toContain("moons-own  done");
    expect(errors).toContain("moons-bad: a: this model cannot be built\n");
    expect(errors).toContain("1 of 2 jobs failed. To try them again: enter the same command again\n");
  }, 120_000);

  it.runIf(whole)(
    "sets a cell aside that kills its process again and again, and runs the others",
    async () => {
      writeFileSync(at("good.js"), model());
      writeFileSync(at("deadly.js"), model('process.kill(process.pid, "SIGKILL");'));
      worker("a");
      const both = ["--model", "own=./good.js", "--model", "deadly=./deadly.js", "--models", "own,deadly"];
      const submitter = submit("deadly", [...both, "--datasets", "moons", "--engine", "eager"]);
      const { exitCode, output, errors } = await submitter.ended;
      expect(exitCode).toBe(1);
      expect(output).toContain("moons-own     done");
      expect(errors).toContain("moons-deadly: it was begun 10 times without getting further");
    },
    900_000,
  );

  it("shows the queue on a page, and leaves a cell whose model file a worker does not have to the others", async () => {
    writeFileSync(at("own.js"), model());
    const submitter = submit("refused", ["--model", "own=./own.js", ...few, "--dashboard", "0"]);
    await until(() => submitter.output().includes("No worker takes cells from this queue"), submitter);
    await checkDashboard(/watched at (\S+)/.exec(submitter.output())![1]!);
    // The file that the worker finds is another one than the submitter's.
    writeFileSync(at("own.js"), `${model()}// changed\n`);
    const poor = worker("poor");
    await until(() => poor.output().includes("refused"), poor);
    expect(poor.output()).toContain(
      "moons-own: refused, and left for others (expected --model own=own.js with the content that it has where the run was asked for, received another)",
    );
    writeFileSync(at("own.js"), model());
    const { exitCode, output } = await submitter.ended;
    expect(exitCode).toBe(0);
    expect(output).toContain("moons-own: refused by poor, and left for other workers");
  }, 120_000);

  it("a worker leaves cells of other versions alone, and says what differs", async () => {
    const key = "invertible:queues";
    const versions = JSON.stringify({ versions: { node: "1.2.3" }, usedAt: Date.now() });
    await redis.client.hset(key, "cells-other", versions);
    await redis.client.rpush("invertible:cells-other:wait", "one", "two");
    const command = worker("a");
    await until(() => command.output().includes("Refused"), command);
    expect(command.output()).toContain(
      "Refused: 2 cells asked for with other versions (@invertible/benchmark absent, here 0.0.0",
    );
    expect(command.output()).toContain(`node 1.2.3, here ${process.versions.node}`);
  }, 60_000);

  it("a worker that is told to stop gives its cell back, and the next one goes on at its last step, which it finds in a shared folder", async () => {
    const first = worker("a");
    const submitter = submit("given-back", [
      ...choices,
      "--models",
      "glow",
      "--datasets",
      "moons",
      "--seeds",
      "1",
      "--steps",
      "400",
      "--shared",
      "shared",
    ]);
    const kept = () => readdirSync(at("shared"), { recursive: true, encoding: "utf8" });
    await until(
      () => existsSync(at("shared")) && kept().some((name) => name.endsWith(".safetensors")),
      submitter,
    );
    first.process.kill("SIGTERM");
    expect((await first.ended).exitCode).toBe(0);
    const checkpoint = kept().find((name) => name.endsWith(".safetensors"))!;
    const { metadata } = decodeSafetensors(readFileSync(at("shared", checkpoint)));
    worker("b");
    const { exitCode, output } = await submitter.ended;
    expect(exitCode).toBe(0);
    // It had begun, and not ended.
    const stopped = Number(metadata.get("step"));
    expect(stopped).toBeGreaterThanOrEqual(7);
    expect(stopped).toBeLessThan(400);
    expect(Number(/b: training (\d+)/.exec(output)?.[1])).toBe(stopped + 1);
    // Nothing but what tells the folder from others, and the files of the result.
    expect(kept().filter((name) => /\.(json|safetensors|partial)$/.test(name))).toEqual([
      expect.stringMatching(/\/published\/\w+\.json$/),
    ]);
    expect(await redis.client.keys("invertible:published:*")).toEqual([]);
  }, 120_000);

  it("says at once what is wrong with an address", async () => {
    const given = async (url: string) => (await begin([...choices, "--queue", url]).ended).errors;
    expect(await given("redis://:word@localhost:1")).toContain("expected an address without a password");
    expect(await given("redis://127.0.0.1:1")).toMatch(
      /^--queue: expected a Redis or Valkey server at redis:\/\/127.0.0.1:1, received .*ECONNREFUSED/,
    );
    environment = { ...environment, [environmentNames.password]: "another" };
    expect(await given(`redis://127.0.0.1:${redis.port}`)).toContain("WRONGPASS");
  }, 60_000);
});

/** One cell waits. The page shows it, and lets nobody remove it. */
async function checkDashboard(url: string): Promise<void> {
  const page = await fetch(url);
  expect(await page.text()).toContain("<title>Cells</title>");
  expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'self'/);
  const list = async () => {
    const { queues } = (await (await fetch(`${url}api/queues`)).json()) as {
      queues: { name: string; counts: { waiting: number } }[];
    };
    return queues;
  };
  const [{ name, counts }] = (await list()) as [Awaited<ReturnType<typeof list>>[number]];
  expect(counts.waiting).toBe(1);
  const emptied = await fetch(`${url}api/queues/${name}/empty`, { method: "PUT" });
  expect(emptied.status).toBe(405);
  expect((await list())[0]!.counts.waiting).toBe(1);
}

/** The process and all that it started. */
function descendants(pid: number): number[] {
  const children = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child);
  return [pid, ...children.flatMap(descendants)];
}

function tryToKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}
