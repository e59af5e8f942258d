import type { PerformanceRecord } from "../src/perf/record/schema.ts";

/** A record of every part, with numbers that are easy to check. */
export function madeUpPerformance(changes: Partial<PerformanceRecord> = {}): PerformanceRecord {
  const measured = {
    operations: 2e9,
    matMulGflops: 40,
    peakBytes: 3e8,
    startUpMilliseconds: 2500,
    lastLoss: 1,
  };
  return {
    format: "invertible-performance/1",
    startedAt: "2031-02-03T04:05:06.000Z",
    machine: { processor: "Slide Rule", cores: 2, memoryGiB: 8, system: "Linux" },
    loadAtStart: 0.1,
    versions: { node: "22.0.0", "@tensorflow/tfjs": "4.22.0" },
    python: { program: "python3", torch: "9.9", blas: "/lib/libfast.so" },
    absent: [],
    steps: [
      {
        data: "images",
        model: "i-ResNet",
        layout: "one block",
        batchSize: 64,
        parameters: 12345,
        timedSteps: 8,
        variants: [
          {
            ...{ name: "wasm", threads: 1, gradient: "Neumann", microBatchSize: 8, ...measured },
            milliseconds: { minimum: 190, median: 200 },
          },
          {
            ...{ name: "PyTorch", threads: 1, gradient: "every term", microBatchSize: 64, ...measured },
            ...{ milliseconds: { minimum: 290, median: 300 }, operations: 6e9, matMulGflops: 100 },
          },
          {
            name: "PyTorch",
            threads: 2,
            gradient: "every term",
            microBatchSize: 64,
            failure: "killed | <out of memory>",
          },
        ],
      },
    ],
    gradients: [
      {
        backend: "wasm",
        size: "14x14x4",
        depths: [4, 16],
        plain: "plain",
        modes: [
          { name: "plain", milliseconds: 10, peakBytes: [1e6, 4e6] },
          { name: "Neumann", milliseconds: 5, peakBytes: [1e6, 2e6] },
        ],
      },
    ],
    inverses: [
      {
        ...{ backend: "wasm", block: "dense", coefficient: 0.9, batchSize: 64, rate: 0.8, tolerance: 1e-3 },
        costs: [{ method: "banach", iterations: 30, milliseconds: 12, errorBound: 9e-4 }],
      },
    ],
    throughput: [
      {
        ...{ backend: "wasm", data: "2d", model: "Glow", layout: "small", batchSize: 512 },
        ...{ logProb: 123456.7, sampling: 1234.4, errorBound: 0 },
      },
    ],
    logDets: [
      {
        ...{ backend: "wasm", dimension: 2, batchSize: 64 },
        estimators: [{ name: "exact", milliseconds: 1, gradientMilliseconds: 2, error: 0, biasBound: 0 }],
      },
    ],
    sizes: [{ what: "@invertible/flow", kilobytes: 15.13 }],
    ...changes,
  };
}
