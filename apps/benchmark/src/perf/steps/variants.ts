import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { engines, peerThreads } from "../engines.ts";
import type { Engine } from "../engines.ts";
import { startLineProcess } from "../processes/line-process.ts";
import type { LineProcess } from "../processes/line-process.ts";
import { startPeer } from "../processes/python.ts";
import type { Python } from "../processes/python.ts";
import { caseNumber, training } from "./cases.ts";
import type { LogDetGradient, PerformanceCase } from "./cases.ts";

/** Files through which PyTorch gets the weights and the data. */
export interface Files {
  readonly model: string;
  readonly data: string;
}

/** One program that makes the training steps of a case. */
export interface Variant {
  /** The engine, or "PyTorch". */
  readonly name: string;
  readonly threads: number;
  readonly gradient: LogDetGradient;
  /** Number of examples whose gradient is computed at a time. */
  readonly microBatchSize: number;
  /** Whether it is ours, and can write the files for the others. */
  readonly own: boolean;
  /** Whether it can count its operations. */
  readonly counts: boolean;
  start(): LineProcess;
  /** What the process needs to be told first. */
  readonly details: Readonly<Record<string, unknown>>;
}

const child = fileURLToPath(
  new URL(`./child/main${extname(fileURLToPath(import.meta.url))}`, import.meta.url),
);

/** All programs of a case on the chosen engines, our own first. */
export function variantsOf(
  performanceCase: PerformanceCase,
  chosen: readonly Engine[],
  python: Python | undefined,
  files: Files,
): Variant[] {
  const { programs, batchSize, microBatchSize, peerGradient } = performanceCase;
  const own = chosen.flatMap((engine) =>
    waysOf(engine, programs.length, batchSize, microBatchSize).map(([program, size]): Variant => ({
      name: engine.name,
      threads: engine.threads,
      gradient: programs[program]!.gradient,
      microBatchSize: size,
      own: true,
      counts: engine.trainOptions === undefined,
      start: () => startLineProcess(process.execPath, [...process.execArgv, child]),
      details: {
        number: caseNumber(performanceCase),
        program,
        microBatchSize: size,
        engine: engines.indexOf(engine),
      },
    })),
  );
  const { learningRate, clipNorm } = training;
  const peers = (python === undefined ? [] : peerThreads).map((threads): Variant => ({
    name: "PyTorch",
    threads,
    gradient: peerGradient,
    microBatchSize: batchSize,
    own: false,
    counts: true,
    start: () => startPeer(python!, threads),
    details: { ...files, batchSize, learningRate, clipNorm, threads },
  }));
  return [...own, ...peers];
}

/**
 * Each program on whole batches, and after the first one the same on micro-batches. Only engines that record a step have those:
 * elsewhere they are slower.
 */
function waysOf(
  { trainOptions }: Engine,
  programs: number,
  batchSize: number,
  microBatchSize: number | undefined,
): (readonly [program: number, microBatchSize: number])[] {
  const parts = microBatchSize !== undefined && trainOptions !== undefined ? [microBatchSize] : [];
  return Array.from({ length: programs }, (_, program) => program).flatMap((program) =>
    [batchSize, ...(program === 0 ? parts : [])].map((size) => [program, size] as const),
  );
}
