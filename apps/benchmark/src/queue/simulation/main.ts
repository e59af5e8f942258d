/**
 * Shows what a queue of many cells and workers asks of its server and of the submitter. The server is real, and so is the submitter; the workers
 * say what real ones say and compute nothing.
 *
 * Usage: node apps/benchmark/dist/queue/simulation/main.js --queue redis://127.0.0.1:6379 [--cells 10000] [--workers 500] ...
 * The server's whole database is deleted.
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { JobRequest } from "../../job/request.ts";
import { readAddress } from "../address.ts";
import { connect } from "../connect.ts";
import { openQueue } from "../run-on-queue.ts";
import { settingsSchema, usual, versions } from "./settings.ts";

const names = Object.keys(usual) as (keyof typeof usual)[];
const { values } = parseArgs({
  options: {
    queue: { type: "string" },
    ...Object.fromEntries(names.map((name) => [name, { type: "string" } as const])),
  },
});
const { queue: given, ...others } = values as Record<string, string | undefined>;
const settings = settingsSchema.parse({ ...usual, ...others });
const address = readAddress(given ?? true);
const redis = await connect(address);
await redis.flushdb();
await redis.config("RESETSTAT");

const folder = mkdtempSync(join(tmpdir(), "simulation-"));
const hosts = await Promise.all(
  Array.from({ length: availableParallelism() }, (_, i, all = availableParallelism()) => {
    const own = Math.floor(settings.workers / all) + (i < settings.workers % all ? 1 : 0);
    const program = fileURLToPath(
      new URL(`./host${extname(fileURLToPath(import.meta.url))}`, import.meta.url),
    );
    const host = fork(program, [], {
      env: {
        ...process.env,
        ...address.environment,
        SIMULATION: JSON.stringify({ ...settings, workers: own }),
      },
    });
    return new Promise<typeof host>((resolve) => host.once("message", () => resolve(host)));
  }),
);

const started = performance.now();
let [peakMemory, peakServer, worst] = [0, 0, 0];
let before = { commands: 0, at: performance.now() };
const sample = async () => {
  const info = await redis.info();
  const read = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(info)?.[1] ?? 0);
  const now = { commands: read("total_commands_processed"), at: performance.now() };
  const rate = (1000 * (now.commands - before.commands)) / (now.at - before.at);
  before = now;
  worst = Math.max(worst, rate);
  peakMemory = Math.max(peakMemory, process.memoryUsage().rss);
  peakServer = Math.max(peakServer, read("used_memory"));
  return {
    commands: now.commands,
    cpu: read("used_cpu_sys_main_thread") + read("used_cpu_user_main_thread"),
    input: read("total_net_input_bytes"),
    output: read("total_net_output_bytes"),
  };
};
const first = await sample();
worst = 0;
const sampling = setInterval(() => void sample(), 1000);

const queue = await openQueue({
  ...{ address, versions, data: null },
  files: { kind: "redis" },
  observer: {
    started() {},
    progressed() {},
    ended() {},
    say: (line) => console.log(line),
    counted: (counts) => console.log(JSON.stringify(counts)),
  },
  isWorthwhile: () => true,
  interruption: new AbortController().signal,
});
const outcome = await queue.run(Array.from({ length: settings.cells }, (_, i) => request(i)));
const seconds = (performance.now() - started) / 1000;
clearInterval(sampling);
const last = await sample();
const found = (await readdir(folder)).filter((name) => name.endsWith(".json")).length;
const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
console.log(
  [
    JSON.stringify(settings),
    `${found} of ${settings.cells} results, ${outcome.failures.length} failures, in ${seconds.toFixed(0)} s (${((settings.cells * settings.cellSeconds) / settings.workers).toFixed(0)} s without any waiting)`,
    `server: ${((last.commands - first.commands) / seconds).toFixed(0)} commands/s, at most ${worst.toFixed(0)} in a second; ${((last.commands - first.commands) / settings.cells).toFixed(0)} a cell`,
    `server: ${((100 * (last.cpu - first.cpu)) / seconds).toFixed(0)} % of a core, ${mebibytes(peakServer)} of memory`,
    `server: ${mebibytes((last.input - first.input) / seconds)}/s in, ${mebibytes((last.output - first.output) / seconds)}/s out`,
    `submitter: ${mebibytes(peakMemory)} of memory`,
  ].join("\n"),
);
for (const host of hosts) host.disconnect();
await queue.close();
redis.disconnect();
rmSync(folder, { recursive: true, force: true });

/** As large as a real one. */
function request(index: number): JobRequest {
  const name = `cell-${index}`;
  return {
    job: { name, task: "density", dataset: "moons", model: "glow", kind: "plane", seed: index, point: null },
    workload: { filling: "x".repeat(700) } as unknown as JobRequest["workload"],
    training: {} as JobRequest["training"],
    ...{
      validation: false,
      backend: "wasm",
      engine: "eager",
      threads: 1,
      extensions: [],
      source: null,
      machine: null,
    },
    ...{ measuresData: false, exports: null, pace: null },
    checkpoint: join(folder, `${name}.safetensors`),
    measurements: join(folder, `${name}.measurements`),
    result: join(folder, `${name}.json`),
  };
}
