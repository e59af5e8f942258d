import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../engines.ts";
import { median } from "../median.ts";
import type { LineProcess } from "../processes/line-process.ts";
import type { Python } from "../processes/python.ts";
import type { CaseRecord, VariantRecord } from "../record/schema.ts";
import type { PerformanceCase } from "./cases.ts";
import { variantsOf } from "./variants.ts";
import type { Files, Variant } from "./variants.ts";

/** A process that has made its first step. */
interface Running {
  readonly variant: Variant;
  readonly process: LineProcess;
  readonly startUpMilliseconds: number;
  readonly times: number[];
  loss: number;
  failure?: string;
}

interface StepAnswer {
  readonly milliseconds: number;
  readonly loss: number;
}

/** What is known of a case once the first of its programs has run. */
interface Known {
  parameters?: number;
  /** Whether the files for PyTorch are written. */
  saved?: true;
  /** Operations by the kind of work. */
  readonly operations: Map<string, number>;
}

/**
 * Measures a case in every program. Each has a process of its own. Those with the same number of threads make their steps in
 * turn, one at a time, so that whatever else the machine does falls on all of them. The others follow later, because the
 * memory of all together may be more than there is. A program that fails is recorded with its last words.
 *
 * @param timedSteps default: those of the case
 */
export async function measureCase(
  performanceCase: PerformanceCase,
  chosen: readonly Engine[],
  python: Python | undefined,
  timedSteps: number = performanceCase.timedSteps,
): Promise<CaseRecord> {
  const { name, model, layout, batchSize } = performanceCase;
  const folder = mkdtempSync(join(tmpdir(), "invertible-perf-"));
  const files = { model: join(folder, "model.safetensors"), data: join(folder, "data.safetensors") };
  const variants = variantsOf(performanceCase, chosen, python, files);
  const known: Known = { operations: new Map() };
  const records = new Map<Variant, VariantRecord>();
  try {
    for (const together of byThreads(variants))
      await measureTogether(together, { performanceCase, files, timedSteps, known, records });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    data: name,
    model,
    layout,
    batchSize,
    parameters: known.parameters ?? null,
    timedSteps,
    variants: variants.map((variant) => records.get(variant)!),
  };
}

/** The single-threaded programs first: they write the files for the others and count operations. */
function byThreads(variants: readonly Variant[]): Variant[][] {
  const groups = new Map<number, Variant[]>();
  for (const variant of variants) {
    const threads = Math.max(1, variant.threads);
    groups.set(threads, [...(groups.get(threads) ?? []), variant]);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

interface Together {
  readonly performanceCase: PerformanceCase;
  readonly files: Files;
  readonly timedSteps: number;
  readonly known: Known;
  readonly records: Map<Variant, VariantRecord>;
}

async function measureTogether(
  variants: readonly Variant[],
  { performanceCase, files, timedSteps, known, records }: Together,
): Promise<void> {
  const running: Running[] = [];
  try {
    for (const variant of variants) {
      const begun = await begin(variant, files, known);
      if ("process" in begun) running.push(begun);
      else records.set(variant, begun);
    }
    await takeTurns(running, performanceCase.warmUpSteps - 1, timedSteps);
    for (const each of running) {
      const work = workOf(each.variant);
      try {
        if (each.failure === undefined && each.variant.counts && !known.operations.has(work))
          known.operations.set(work, await countOf(each, performanceCase.countedSteps ?? 1));
      } catch (error) {
        each.failure = wordsOf(error);
      }
    }
    for (const each of running)
      records.set(
        each.variant,
        await finished(each, known.operations.get(workOf(each.variant))).catch((error: unknown) => ({
          ...labels(each.variant),
          failure: wordsOf(error),
        })),
      );
  } finally {
    for (const { process } of running) await process.stop();
  }
}

const labels = ({ name, threads, gradient, microBatchSize }: Variant) => ({
  ...{ name, threads, gradient, microBatchSize },
});

/** Starts a process and makes its first step, which compiles and allocates. */
async function begin(variant: Variant, files: Files, known: Known): Promise<Running | VariantRecord> {
  const start = performance.now();
  const process = variant.start();
  try {
    const { parameters } = await process.request<{ readonly parameters: number }>("load", variant.details);
    const expected = (known.parameters ??= parameters);
    if (parameters !== expected)
      throw new Error(`expected a network of ${expected} parameters, received one of ${parameters}`);
    const loadedAfter = performance.now() - start;
    if (variant.own && !known.saved) {
      await process.request("save", { ...files });
      known.saved = true;
    }
    const first = performance.now();
    const { loss } = await process.request<StepAnswer>("step");
    const startUpMilliseconds = loadedAfter + performance.now() - first;
    return { variant, process, startUpMilliseconds, times: [], loss };
  } catch (error) {
    await process.stop();
    return { ...labels(variant), failure: wordsOf(error) };
  }
}

/** One step of each in turn. */
async function takeTurns(
  running: readonly Running[],
  untimedRounds: number,
  timedRounds: number,
): Promise<void> {
  for (let round = -untimedRounds; round < timedRounds; round++)
    for (const each of running) {
      if (each.failure !== undefined) continue;
      try {
        const { milliseconds, loss } = await each.process.request<StepAnswer>("step");
        if (round >= 0) each.times.push(milliseconds);
        each.loss = loss;
        if (!Number.isFinite(loss)) throw new Error(`expected a finite loss, received ${loss}`);
      } catch (error) {
        each.failure = wordsOf(error);
      }
    }
}

/** Variants with the same of this do the same operations. */
const workOf = ({ own, gradient }: Variant) => `${own ? "own" : "PyTorch"}, ${gradient}`;

/** The operations of convolutions and matrix products in one step, the mean over some. */
async function countOf({ process }: Running, steps: number): Promise<number> {
  let total = 0;
  for (let step = 0; step < steps; step++)
    total += (await process.request<{ readonly operations: number }>("count")).operations;
  return total / steps;
}

async function finished(
  { variant, process, times, startUpMilliseconds, loss, failure }: Running,
  operations: number | undefined,
): Promise<VariantRecord> {
  if (failure !== undefined) return { ...labels(variant), failure };
  const { gflops } = await process.request<{ readonly gflops: number }>("matMul");
  const { peakBytes } = await process.request<{ readonly peakBytes: number }>("end");
  return {
    ...labels(variant),
    milliseconds: { minimum: Math.min(...times), median: median(times) },
    operations: operations ?? null,
    matMulGflops: gflops,
    peakBytes,
    startUpMilliseconds,
    lastLoss: loss,
  };
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
