import type { DatasetName, ModelName } from "../catalogue/names.ts";
import { isPlane } from "../catalogue/names.ts";
import { encodeBytes } from "./binary.ts";
import { comparisonRules, published } from "./published.ts";
import type { JobResult, Results } from "./schema.ts";

/** A job's result with plausible figures that need no training. */
export function madeUpJob(dataset: DatasetName, model: ModelName): JobResult {
  const plane = isPlane(dataset);
  const analytic = model === "glow";
  const wave = (size: number, f: (i: number) => number) =>
    Float32Array.from({ length: size }, (_, i) => f(i));
  const cells = 80;
  const coordinate = (i: number) => (8 * (i + 0.5)) / cells - 4;
  const logDensity = wave(cells * cells, (i) => {
    const [x, y] = [coordinate(i % cells), -coordinate(Math.floor(i / cells))];
    return -2 * (Math.hypot(x, y - (analytic ? 0.5 : 0)) - 2) ** 2 - 2.5;
  });
  const ring = wave(4000, (i) => 2 * (i % 2 === 0 ? Math.cos(i) : Math.sin(i - 1)) + 0.3 * Math.sin(i * i));
  const pictures = wave(10 * 28 * 28, (i) => Math.max(0, Math.sin(i / 9) * Math.sin(i / 280)));
  const iterations = analytic ? [0] : [1, 2, 4, 8, 16, 32];
  return {
    format: "invertible-benchmark-job/1",
    dataset,
    model,
    unit: plane ? "nats" : "bits/dim",
    dimension: plane ? 2 : 784,
    parameters: 85_000,
    architecture: plane ? { blocks: 10, hidden: [64, 64, 64] } : { width: 32 },
    training: {
      optimizer: "adam",
      learningRate: 0.005,
      steps: 600,
      batchSize: 256,
      warmupSteps: 20,
      clipNorm: 10,
      examples: 50_000,
    },
    test: { value: plane ? 2.784 : 1.913, standardError: 0.012, examples: 10_000 },
    dataEntropy: plane ? { value: 2.71, uncertainty: 0.001 } : null,
    logDet:
      plane || analytic
        ? { kind: "exact", estimator: "exact", terms: null, probes: null, truncationBound: null }
        : { kind: "biased", estimator: "powerSeries", terms: 20, probes: 1, truncationBound: 0.004 },
    likelihood: plane ? "exact" : "lower-bound",
    reconstruction: { max: 2.1e-6, mean: 3.2e-7, examples: 256 },
    inverse: {
      method: analytic ? "analytic" : "iterative",
      iterations: analytic ? 0 : 41,
      iterationsByLayer: analytic ? [] : [41, 37],
      tolerance: 1e-5,
      converged: true,
    },
    lossCurve: {
      step: Array.from({ length: 100 }, (_, i) => 6 * i),
      loss: Array.from(
        { length: 100 },
        (_, i) => 2.75 + 3 * Math.exp(-i / (analytic ? 10 : 20)) + 0.05 * Math.sin(i * i),
      ),
    },
    inverseCurve: {
      iterations,
      max: iterations.map((n) => Math.max(2e-6, 0.5 ** n)),
      mean: iterations.map((n) => Math.max(2e-7, 0.2 * 0.5 ** n)),
    },
    backend: { name: "wasm", adapter: null, tensorflow: "4.22.0" },
    figures: plane
      ? {
          kind: "plane",
          data: encodeBytes(ring),
          samples: encodeBytes(ring.map((v, i) => v + 0.2 * Math.cos(7 * i))),
          dataDensity: { cells, halfWidth: 4, values: encodeBytes(logDensity.map((v) => Math.exp(v))) },
          logDensity: { cells, halfWidth: 4, values: encodeBytes(logDensity) },
        }
      : {
          kind: "image",
          height: 28,
          width: 28,
          channels: 1,
          samples: encodeBytes(Uint8Array.from({ length: 40 * 784 }, (_, i) => (i * i) % 256)),
          originals: encodeBytes(pictures),
          reconstructions: encodeBytes(pictures.map((v, i) => v + 3e-5 * Math.sin(i))),
        },
    timing: {
      millisecondsPerStep: 41.2,
      millisecondsPerSample: 0.31,
      trainingSeconds: 24.9,
      evaluationSeconds: 4.1,
    },
  };
}

export function madeUpResults(jobs: readonly JobResult[]): Results {
  return {
    format: "invertible-benchmark-results/1",
    startedAt: "2025-01-01T10:00:00.000Z",
    finishedAt: "2025-01-01T10:02:30.000Z",
    choices: {
      preset: "quick",
      models: ["i-resnet", "glow"],
      datasets: ["moons", "glyphs"],
      steps: null,
      seed: 1,
      backend: "wasm",
    },
    versions: { node: "20.19.0", "@invertible/ops": "0.1.0" },
    machine: { processor: "made-up <processor>", cores: 2, memoryGiB: 8, system: "Linux 6.1 x64" },
    backend: { name: "wasm", adapter: null, tensorflow: "4.22.0" },
    rules: [...comparisonRules],
    published: published.filter((p) => jobs.some((job) => job.dataset === p.dataset)),
    timing: { seconds: 150, jobsSideBySide: 2 },
    jobs: jobs.map(({ figures: _figures, format: _format, ...outcome }) => outcome),
  };
}
