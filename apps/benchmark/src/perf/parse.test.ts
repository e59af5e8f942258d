import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parsePerf } from "./parse.ts";

const parts = ["2d", "images", "memory", "inverse", "throughput", "log-det", "sizes"];

describe("parsePerf", () => {
  it("measures everything by default, on the engines that people use", () => {
    expect(parsePerf([])).toEqual({
      kind: "run",
      source: { engines: ["wasm", "captured", "webgpu"], parts, python: undefined, steps: undefined },
      json: undefined,
      page: undefined,
    });
  });
  it("measures only the engines and parts that are named", () => {
    const { source } = run(["--engine", "cpu,wasm", "--only", "2d", "--steps", "3", "--python", "none"]);
    expect(source).toEqual({ engines: ["cpu", "wasm"], parts: ["2d"], python: "none", steps: 3 });
  });
  it("takes files relative to where the command was typed", () => {
    const { json, page, source } = run(["--from", "a.json", "--page", "b.md"]);
    expect([source, json, page]).toEqual([{ from: resolve("a.json") }, undefined, resolve("b.md")]);
    expect(run(["--json", "a.json"]).json).toBe(resolve("a.json"));
  });
  it.each([
    [["--engine", "webgl"], '--engine: expected names among wasm, captured, webgpu, cpu, received "webgl"'],
    [["--only", "audio"], `--only: expected names among ${parts.join(", ")}, received "audio"`],
    [["--steps", "0"], '--steps: expected a whole number from 1 to 10000, received "0"'],
    [
      ["--fast"],
      'perf: expected options among --only, --engine, --python, --ratios, --gpu, --budget, --device, --out, --steps, --json, --from, --page, --help, received "--fast"',
    ],
    [
      ["--from", "a.json", "--only", "2d"],
      '--from: expected no --only beside it, because nothing is measured, received "a.json"',
    ],
    [["--budget", "60"], '--budget: expected --gpu beside it, received "none"'],
    [["--gpu", "--budget", "5"], '--budget: expected a whole number from 10 to 86400, received "5"'],
    [["--gpu", "--device", "tpu"], '--device: expected one of gpu, cpu, received "tpu"'],
    [["--gpu", "--only", "memory"], '--only: expected names among 2d, images, published, received "memory"'],
    [
      ["--gpu", "--json", "a.json"],
      '--gpu: expected no options beside it but --budget, --device, --out, --only, --python, --steps, received "--json"',
    ],
    [["--ratios", "--only", "2d"], '--ratios: expected no other option beside it, received "--only"'],
  ])("refuses %j", (commandLine, message) => expect(() => parsePerf(commandLine)).toThrow(message));

  it("measures ratios alone", () => expect(parsePerf(["--ratios"])).toEqual({ kind: "ratios" }));

  it("measures a GPU within nine minutes by default", () => {
    expect(parsePerf(["--gpu"])).toEqual({
      kind: "gpu",
      choices: {
        ...{ device: "gpu", budgetSeconds: 540, cases: ["2d", "images", "published"] },
        ...{ python: undefined, steps: 20 },
      },
      out: resolve("results/perf-gpu"),
    });
    const some = [
      "--only",
      "published,2d",
      "--device",
      "cpu",
      "--budget",
      "60",
      "--steps",
      "1",
      "--out",
      "o",
    ];
    expect(parsePerf(["--gpu", "--python", "none", ...some])).toEqual({
      kind: "gpu",
      choices: {
        ...{ device: "cpu", budgetSeconds: 60, cases: ["published", "2d"], python: "none", steps: 1 },
      },
      out: resolve("o"),
    });
  });

  it("explains itself", () => {
    const parsed = parsePerf(["--help"]);
    const text = parsed.kind === "help" ? parsed.text : "";
    for (const word of [...parts, "python3-torch", "--from perf.json --page docs/performance.md"])
      expect(text).toContain(word);
  });
});

function run(commandLine: readonly string[]) {
  const parsed = parsePerf(commandLine);
  if (parsed.kind !== "run") throw new Error(`expected a run, received ${parsed.kind}`);
  return parsed;
}
