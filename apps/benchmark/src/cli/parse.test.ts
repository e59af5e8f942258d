import { describe, expect, it } from "vitest";
import { ownCatalogue } from "../catalogue/catalogue.ts";
import { checkContradictions, checkDataIsUsed, completeChoices } from "./options.ts";
import type { GivenOptions } from "./options.ts";
import { parse } from "./parse.ts";
import { UsageError } from "./usage-error.ts";

function given(...commandLine: string[]): GivenOptions {
  const parsed = parse(commandLine);
  if (parsed.kind !== "run") throw new Error("expected options, received help");
  return parsed.given;
}

/** Returns the whole message of the error, since users see nothing else. */
function complaint(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error("expected an error, received none");
}

describe("parse", () => {
  it("reads every option", () => {
    expect(
      given(
        ...[
          "--preset",
          "mnist",
          "--data",
          "folder",
          "--models",
          "glow,i-resnet",
          "--datasets",
          "mnist",
          "--steps",
          "7",
        ],
        ...[
          "--seed",
          "0",
          "--backend",
          "cpu",
          "--out",
          "there",
          "--jobs",
          "3",
          "--checkpoint-every",
          "5",
          "--resume",
        ],
      ),
    ).toEqual({
      preset: "mnist",
      data: "folder",
      models: ["glow", "i-resnet"],
      datasets: ["mnist"],
      steps: 7,
      seed: 0,
      backend: "cpu",
      out: "there",
      jobs: 3,
      checkpointEvery: 5,
      resume: true,
    });
  });

  it("needs no option", () => expect(given()).toEqual({}));

  it.each([
    [["--preset", "fast"], '--preset: expected one of quick, mnist, received "fast"'],
    [["--models", ""], '--models: expected names, comma-separated, received ""'],
    [
      ["--datasets", "moons,,glyphs"],
      '--datasets: expected names, comma-separated, received "moons,,glyphs"',
    ],
    [["--models", "glow,glow"], '--models: expected each name once, received "glow,glow"'],
    [
      ["--model", "mine.js"],
      '--model: expected name=file, the name in lower-case letters, digits and hyphens, received "mine.js"',
    ],
    [["--engine", "native"], '--engine: expected one of captured, eager, received "native"'],
    [["--threads", "0"], '--threads: expected a whole number from 1 to 256, received "0"'],
    [["--backend", "webgl"], '--backend: expected one of wasm, webgpu, cpu, received "webgl"'],
    [["--steps", "0"], '--steps: expected a whole number from 1 to 10000000, received "0"'],
    [["--steps", "1.5"], '--steps: expected a whole number from 1 to 10000000, received "1.5"'],
    [["--steps", "1e3"], '--steps: expected a whole number from 1 to 10000000, received "1e3"'],
    [
      ["--budget", "6"],
      '--budget: expected a time from 1s to 168h such as 90s, 6m or 2h, or steps such as 5000steps, received "6"',
    ],
    [
      ["--budget", "0s"],
      '--budget: expected a time from 1s to 168h such as 90s, 6m or 2h, or steps such as 5000steps, received "0s"',
    ],
    [
      ["--budget", "1m", "--steps", "5"],
      "--budget with --steps: expected one of them, received both (either says how long to train)",
    ],
    [["--seeds", "0"], '--seeds: expected a whole number from 1 to 1000, received "0"'],
    [["--seed", "-1"], '--seed: expected a whole number from 0 to 4294967295, received "-1"'],
    [["--seed", "4294967296"], '--seed: expected a whole number from 0 to 4294967295, received "4294967296"'],
    [["--jobs", "0"], '--jobs: expected a whole number from 1 to 64, received "0"'],
    [["--out", ""], '--out: expected a folder, received ""'],
    [["--steps"], "--steps: expected a value, received nothing"],
    [
      ["--queue", "", "--dashboard", "65536"],
      '--dashboard: expected a whole number from 0 to 65535, received "65536"',
    ],
    [["worker"], 'worker: expected --queue, received "no address"'],
    [
      ["worker", "--queue", "redis://h", "--name", "a b"],
      '--name: expected 1 to 64 letters, digits, dots and hyphens, received "a b"',
    ],
    [["cell", "--out", "x"], 'cell: expected --index, received "no number"'],
    [["collect"], 'collect: expected --out, received "no folder"'],
    [
      ["slurm", "table", "toy", "--jobs", "2"],
      "slurm with --jobs: expected a run whose jobs Slurm starts, received an option of another way to run them",
    ],
    [
      ["slurm", "--sbatch", "time"],
      '--sbatch: expected one option of sbatch such as "--time=2:00:00", received "time"',
    ],
    [
      ["--step", "3"],
      'bench: expected options among --preset, --data, --models, --datasets, --model, --dataset, --steps, --budget, --seed, --seeds, --backend, --engine, --threads, --out, --jobs, --checkpoint-every, --export-onnx, --resume, --fresh, --queue, --shared, --dashboard, --help, received "--step"',
    ],
    [
      ["quick"],
      'bench: expected only options (--preset, --data, --models, --datasets, --model, --dataset, --steps, --budget, --seed, --seeds, --backend, --engine, --threads, --out, --jobs, --checkpoint-every, --export-onnx, --resume, --fresh, --queue, --shared, --dashboard, --help), received "quick"',
    ],
  ])("refuses %j in one line", (commandLine, message) => {
    expect(complaint(() => parse(commandLine))).toBe(message);
  });

  it.each([
    ["90s", { budgetSeconds: 90 }],
    ["6m", { budgetSeconds: 360 }],
    ["2h", { budgetSeconds: 7200 }],
    ["5000steps", { steps: 5000 }],
  ])("reads the budget %s", (text, expected) => expect(given("--budget", text)).toEqual(expected));

  it("collects repeated models and data sets", () => {
    expect(given("--model", "a=./a.js", "--model", "b=c=d.js", "--dataset", "e=f.js")).toEqual({
      model: [
        { name: "a", file: "./a.js" },
        { name: "b", file: "c=d.js" },
      ],
      dataset: [{ name: "e", file: "f.js" }],
    });
  });

  it.each(["--help", "-h"])("explains everything on %s", (option) => {
    const parsed = parse([option]);
    const text = parsed.kind === "help" ? parsed.text : "";
    const needed = [
      "--preset",
      "--data",
      "--models",
      "--datasets",
      "--steps",
      "--seed",
      "--backend",
      "--out",
      "--resume",
    ];
    for (const word of [
      ...needed,
      "quick",
      "mnist",
      "i-resnet",
      "glow",
      "2spirals",
      "Examples:",
      "Ctrl-C",
      "report.html",
    ])
      expect(text).toContain(word);
  });
});

const known = (what: "models" | "datasets") => ownCatalogue[what].map(({ name }) => name).join(", ");
const complete = (options: GivenOptions) => completeChoices(options, ownCatalogue);

describe("choices", () => {
  it("default to the quick preset in full", () => {
    expect(complete({})).toEqual({
      preset: "quick",
      models: ["i-resnet", "glow", "residual-flow", "real-nvp"],
      datasets: ["moons", "checkerboard", "2spirals", "glyphs"],
      steps: null,
      budgetSeconds: null,
      seed: 1,
      seeds: 1,
      backend: "wasm",
      engine: "eager",
      threads: 1,
      grid: null,
    });
  });

  it("take every model of the same task for the name all", () => {
    const ofTask = (task: string) =>
      ownCatalogue.models.filter(({ tasks = ["density"] }) => tasks.includes(task)).map(({ name }) => name);
    const densities = complete({ models: ["all"], datasets: ["moons"] });
    expect(densities.models).toEqual(ofTask("density"));
    const classifiers = complete({ preset: "classification", models: ["all"], datasets: ["glyphs"] });
    expect(classifiers.models).toEqual(ofTask("classification"));
  });

  it("do not depend on the order of names", () => {
    expect(complete({ datasets: ["2spirals", "moons"] })).toEqual(
      complete({ datasets: ["moons", "2spirals"] }),
    );
  });

  it.each<[GivenOptions, string]>([
    [{ models: ["i-resnet", "gan"] }, `--models: expected names among ${known("models")}, received "gan"`],
    [{ datasets: ["moon"] }, `--datasets: expected names among ${known("datasets")}, received "moon"`],
    [
      { preset: "mnist", datasets: ["moons"] },
      '--datasets with --preset mnist: expected images, received "moons" (points in the plane)',
    ],
  ])("refuse %j in one line", (options, message) => {
    expect(complaint(() => complete(options))).toBe(message);
  });

  it("refuse data that none of the models takes", () => {
    const onlyImages = ownCatalogue.models.map((model) => ({ ...model, kinds: ["image" as const] }));
    const options: GivenOptions = { models: ["glow"], datasets: ["moons"] };
    expect(complaint(() => completeChoices(options, { ...ownCatalogue, models: onlyImages }))).toBe(
      "--models with --datasets moons: expected a model that takes points in the plane, received glow",
    );
  });

  it("refuse names whose jobs would share a file", () => {
    const [model] = ownCatalogue.models;
    const [dataset] = ownCatalogue.datasets;
    const clash = {
      ...ownCatalogue,
      models: [
        { ...model!, name: "c" },
        { ...model!, name: "b-c" },
      ],
      datasets: [
        { ...dataset!, name: "a" },
        { ...dataset!, name: "a-b" },
      ],
    };
    const options = { models: ["c", "b-c"], datasets: ["a", "a-b"] };
    expect(complaint(() => completeChoices(options, clash))).toContain('two jobs would be called "a-b-c"');
  });

  it("refuse a data folder that no data set would read", () => {
    const options: GivenOptions = { data: "folder", datasets: ["moons"] };
    expect(complaint(() => checkDataIsUsed(options, complete(options), ownCatalogue))).toMatch(
      /^--data: expected with a data set that is read from disk \(mnist, .*\), received with moons$/,
    );
  });

  it.each<[GivenOptions, string]>([
    [
      { engine: "captured", backend: "webgpu" },
      "--engine captured with --backend webgpu: expected wasm or cpu, on which steps can be recorded, received webgpu",
    ],
    [
      { engine: "eager", threads: 2 },
      "--threads with --engine eager: expected captured, received eager, which uses one thread",
    ],
    [
      { seed: 2 ** 32 - 1, seeds: 2 },
      "--seeds with --seed 4294967295: expected seeds up to 4294967295, received 2 of them, the last of which is 4294967296",
    ],
  ])("refuse %j, which cannot be done", (options, message) => {
    expect(complaint(() => checkContradictions(options))).toBe(message);
  });

  it("refuse them for a figure as well", () => {
    expect(complaint(() => parse(["figure", "bias", "--threads", "2", "--engine", "eager"]))).toContain(
      "--threads with --engine eager",
    );
  });

  it("refuse to resume and to start over at the same time", () => {
    expect(complaint(() => checkContradictions({ resume: true, fresh: true }))).toContain(
      "--resume with --fresh",
    );
  });
});

describe("figure", () => {
  it("reads a name and its options", () => {
    const parsed = parse(["figure", "inversion", "--steps", "5", "--seed", "0", "--data", "folder"]);
    if (parsed.kind !== "figure") throw new Error("expected a figure");
    expect(parsed.study.name).toBe("inversion");
    expect(parsed.options).toEqual({ steps: 5, seed: 0, data: "folder" });
  });

  it("names the figures that there are, and refuses what only a run takes", () => {
    expect(complaint(() => parse(["figure", "nothing"]))).toMatch(
      /^figure: expected one of inversion, reconstructions, /,
    );
    expect(complaint(() => parse(["figure"]))).toMatch(/^figure: expected one of /);
    expect(complaint(() => parse(["figure", "bias", "--models", "glow"]))).toContain("--models");
    const help = parse(["figure", "--help"]);
    expect(help.kind === "help" && help.text).toContain("exploding-inverse");
  });
});
