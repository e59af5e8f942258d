import type { DataKind } from "../src/catalogue/data-kind.ts";
import { encodeBytes } from "../src/results/binary.ts";
import { judge } from "../src/results/fairness-rules.ts";
import { jobFormat, resultsFormat } from "../src/results/schema.ts";
import type { JobResult, Outcome, Results } from "../src/results/schema.ts";

const cells = 80;
const wave = (size: number, f: (i: number) => number) => Float32Array.from({ length: size }, (_, i) => f(i));

/** A job's result with plausible figures that need no training. */
export function madeUpJob(dataset: string, kind: DataKind, model: string): JobResult {
  const image = kind === "image";
  const analytic = model === "glow";
  const iterations = analytic ? [0] : [1, 2, 4, 8, 16, 32];
  return {
    format: jobFormat,
    name: `${dataset}-${model}`,
    task: "density",
    dataset,
    model,
    kind,
    seed: 1,
    unit: image ? "bits/dim" : "nats",
    dimension: image ? 784 : 2,
    size: { name: "small", parameters: 85_000 },
    parameters: 85_000,
    architecture: image ? { width: 32 } : { blocks: 10, hidden: [64, 64, 64] },
    training: {
      optimizer: "adam",
      learningRate: 0.005,
      steps: 600,
      stepsDone: 600,
      batchSize: 256,
      warmupSteps: 20,
      clipNorm: 10,
      augmentation: [],
      tunedWith: null,
    },
    examples: { train: 50_000, test: 10_000, digest: "0123456789abcdef" },
    machine: null,
    metrics: {
      "test-nll": {
        value: image ? 1.913 : 2.784,
        standardError: 0.012,
        examples: 10_000,
        likelihood: image ? "lower-bound" : "exact",
      },
      ...(kind === "plane" && {
        "data-entropy": { value: 2.71, uncertainty: 0.001 },
        "kl-divergence": { value: 0.074, standardError: 0.012 },
      }),
      ...(kind !== "plane" && { "gaussian-floor": { value: image ? 3.05 : 1.2, standardError: 0.01 } }),
      "log-det":
        image && !analytic
          ? { kind: "biased", how: "power series of 20 terms, 1 random probe", bound: 0.004 }
          : { kind: "exact", how: "closed form", bound: 0 },
      "reconstruction-error": { max: 2.1e-6, mean: 3.2e-7, examples: 256 },
      ...(image && { "wrong-pixels": { wrong: analytic ? 0 : 12, of: 200_704 } }),
      "inverse-iterations": {
        method: analytic ? "analytic" : "iterative",
        iterations: analytic ? 0 : 41,
        iterationsByLayer: analytic ? [] : [41, 37],
        converged: true,
      },
      parameters: 85_000,
    },
    diverged: null,
    exports: [],
    figures: {
      "loss-curve": {
        step: Array.from({ length: 100 }, (_, i) => 6 * i),
        loss: Array.from({ length: 100 }, (_, i) => 2.75 + 3 * Math.exp(-i / (analytic ? 10 : 20))),
        floor: image ? null : 2.71,
      },
      "inverse-curve": {
        analytic,
        iterations,
        max: iterations.map((n) => Math.max(2e-6, 0.5 ** n)),
        mean: iterations.map((n) => Math.max(2e-7, 0.2 * 0.5 ** n)),
      },
      ...(kind === "plane" && planeFigures(analytic)),
      ...(image && imageFigures()),
    },
    backend: { name: "wasm", adapter: null, tensorflow: "4.22.0" },
    engine: { name: "captured", threads: 1, refusal: null },
    timing: { "step-time": 41.2, "sample-time": 0.31, "training-seconds": 24.9, "evaluation-seconds": 4.1 },
  };
}

function planeFigures(analytic: boolean) {
  const coordinate = (i: number) => (8 * (i + 0.5)) / cells - 4;
  const logDensity = wave(cells * cells, (i) => {
    const [x, y] = [coordinate(i % cells), -coordinate(Math.floor(i / cells))];
    return -2 * (Math.hypot(x, y - (analytic ? 0.5 : 0)) - 2) ** 2 - 2.5;
  });
  const ring = wave(4000, (i) => 2 * (i % 2 === 0 ? Math.cos(i) : Math.sin(i - 1)) + 0.3 * Math.sin(i * i));
  const grid = (values: Float32Array) => ({ cells, halfWidth: 4, values: encodeBytes(values) });
  return {
    "plane-densities": {
      data: encodeBytes(ring),
      samples: encodeBytes(ring.map((v, i) => v + 0.2 * Math.cos(7 * i))),
      dataDensity: grid(logDensity.map(Math.exp)),
      logDensity: grid(logDensity),
    },
  };
}

function imageFigures() {
  const shape = [28, 28, 1];
  const pictures = wave(10 * 784, (i) => Math.max(0, Math.sin(i / 9) * Math.sin(i / 280)));
  return {
    "image-samples": {
      shape,
      samples: encodeBytes(Uint8Array.from({ length: 40 * 784 }, (_, i) => (i * i) % 256)),
    },
    "image-reconstructions": {
      shape,
      originals: encodeBytes(pictures),
      reconstructions: encodeBytes(pictures.map((v, i) => v + 3e-5 * Math.sin(i))),
    },
  };
}

export function madeUpOutcome(dataset: string, kind: DataKind, model: string): Outcome {
  const { figures: _figures, format: _format, ...outcome } = madeUpJob(dataset, kind, model);
  return outcome as Outcome;
}

export function madeUpResults(jobs: readonly JobResult[], published: Results["published"] = []): Results {
  const outcomes = jobs.map(({ dataset, kind, model }) => madeUpOutcome(dataset, kind, model));
  return {
    format: resultsFormat,
    startedAt: "2025-01-01T10:00:00.000Z",
    finishedAt: "2025-01-01T10:02:30.000Z",
    choices: {
      preset: "quick",
      models: ["i-resnet", "glow"],
      datasets: ["moons", "glyphs"],
      steps: null,
      budgetSeconds: null,
      seed: 1,
      seeds: 1,
      backend: "wasm",
      engine: "captured",
      threads: 1,
      grid: null,
    },
    extensions: [],
    versions: { node: "20.19.0", "@invertible/ops": "0.1.0" },
    machine: { processor: "made-up <processor>", cores: 2, memoryGiB: 8, system: "Linux 6.1 x64" },
    backend: { name: "wasm", adapter: null, tensorflow: "4.22.0" },
    rules: judge(outcomes),
    published,
    timing: { seconds: 150, jobsSideBySide: 2 },
    jobs: outcomes,
  };
}
