import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBackend } from "@invertible/ops/backend";
import { collectVersions, describeMachine } from "../../results/versions.ts";
import { engines } from "../engines.ts";
import { findPython, startPeer } from "../processes/python.ts";
import { startLineProcess } from "../processes/line-process.ts";
import type { LineProcess } from "../processes/line-process.ts";
import { caseNumber, performanceCases, publishedCase, training } from "../steps/cases.ts";
import type { PerformanceCase } from "../steps/cases.ts";
import type { Files } from "../steps/variants.ts";
import { gpuCaseNames } from "./gpu-choices.ts";
import type { GpuCaseName, GpuChoices } from "./gpu-choices.ts";
import type { GpuCaseRecord, GpuProgramRecord, GpuRecord } from "./gpu-record.ts";
import { timeBudget } from "./time-budget.ts";
import type { TimeBudget } from "./time-budget.ts";
import { timeProgram } from "./time-program.ts";
import type { TimedProgram } from "./time-program.ts";
import { withProcess } from "./with-process.ts";
import type { GivenUp } from "./with-process.ts";

/** The four workloads and the published size. Of the i-ResNets on images, the first is that with 5 terms. */
const casesByName: Readonly<Record<GpuCaseName, readonly PerformanceCase[]>> = {
  "2d": performanceCases.filter(({ name }) => name === "2d"),
  images: ["i-ResNet", "Glow"].map((model) =>
    performanceCases.find((each) => each.name === "images" && each.model === model)!,
  ),
  published: [publishedCase],
};

/** Below this share of the budget, a program is not started: loading alone takes as long. */
const leastSeconds = 5;

/**
 * Measures training steps on the GPU, one program after another, within a time. What does not fit is recorded with the reason.
 *
 * @param listener is told what is measured next, and given the record whenever it has grown
 */
export async function measureGpu(
  { device, budgetSeconds, cases, python: named, steps }: GpuChoices,
  listener: { announce(text: string): void; keep(record: GpuRecord): void },
): Promise<GpuRecord> {
  const startedAt = new Date().toISOString();
  const budget = timeBudget(budgetSeconds);
  const rehearsal = device === "cpu";
  const webgpu = await findAdapter(rehearsal);
  const { pytorch, startPyTorch } = await findPyTorch(named);
  const waysOf = [ourWay(webgpu), ...pyTorchWays(pytorch, startPyTorch, rehearsal)];
  const chosen = gpuCaseNames.filter((name) => cases.includes(name)).flatMap((name) => casesByName[name]);

  const records: GpuCaseRecord[] = [];
  const record = () => ({
    ...({ format: "invertible-gpu-performance/1", startedAt, machine: describeMachine() } as const),
    ...{ versions: collectVersions(), rehearsal, budgetSeconds, webgpu, pytorch, cases: [...records] },
  });
  for (const [i, each] of chosen.entries()) {
    const casesLeft = chosen.length - i;
    records.push(
      await measureCase(each, { waysOf, budget, casesLeft, steps, rehearsal, announce: listener.announce }),
    );
    listener.keep(record());
  }
  return record();
}

/** One of the programs that are compared. */
interface Way {
  readonly name: string;
  readonly gradient: (each: PerformanceCase) => GpuProgramRecord["gradient"];
  /** Why it cannot run here. */
  readonly absent: string | undefined;
  /** Whether it needs the files of the network and the data. */
  readonly needsFiles: boolean;
  program(each: PerformanceCase, files: Files, microBatchSize: number): TimedProgram;
}

interface Measuring {
  readonly waysOf: readonly Way[];
  readonly budget: TimeBudget;
  /** Cases still to come, this one included. */
  readonly casesLeft: number;
  readonly steps: number;
  /** On a processor, even a step that is not timed takes long. */
  readonly rehearsal: boolean;
  announce(text: string): void;
}

async function measureCase(each: PerformanceCase, measuring: Measuring): Promise<GpuCaseRecord> {
  const { waysOf, budget, casesLeft, announce } = measuring;
  const { name, model, layout, batchSize } = each;
  const folder = mkdtempSync(join(tmpdir(), "invertible-perf-gpu-"));
  const state: CaseState = {
    files: { model: join(folder, "model.safetensors"), data: join(folder, "data.safetensors") },
    hasFiles: false,
    parameters: null,
  };
  const able = waysOf.filter(({ absent }) => absent === undefined);
  const programs: GpuProgramRecord[] = [];
  try {
    for (const way of waysOf) {
      const labels = { name: way.name, gradient: way.gradient(each), microBatchSize: batchSize };
      if (way.absent !== undefined) {
        programs.push({ ...labels, skipped: way.absent });
        continue;
      }
      const programsLeft = able.length - able.indexOf(way) + (casesLeft - 1) * able.length;
      const seconds = budget.share(programsLeft);
      if (seconds < leastSeconds) {
        programs.push({ ...labels, skipped: `the time budget left ${seconds.toFixed(1)} s for it` });
        continue;
      }
      announce(`${model}, ${layout}: ${way.name}, at most ${seconds.toFixed(0)} s`);
      programs.push(...(await measureWay(way, each, state, seconds, measuring)));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const data = each === publishedCase ? "published" : name;
  return { data, model, layout, batchSize, parameters: state.parameters, programs };
}

/** What the programs of a case share. */
interface CaseState {
  readonly files: Files;
  /** Whether the files are written. */
  hasFiles: boolean;
  /** Known from the first program. */
  parameters: number | null;
}

/** Measures a program on whole batches, and on parts of them where it fails on whole ones. The published size may need too much memory. */
async function measureWay(
  way: Way,
  each: PerformanceCase,
  state: CaseState,
  seconds: number,
  { steps, rehearsal }: Measuring,
): Promise<GpuProgramRecord[]> {
  const { batchSize, microBatchSize, warmUpSteps } = each;
  const labels = { name: way.name, gradient: way.gradient(each) };
  const time = timeBudget(seconds);
  if (way.needsFiles && !state.hasFiles) {
    const failure = await writeFiles(each, state.files, time.left());
    if (failure !== undefined)
      return [{ ...labels, microBatchSize: batchSize, skipped: `its network was not written: ${failure}` }];
    state.hasFiles = true;
  }
  const records: GpuProgramRecord[] = [];
  for (const size of each === publishedCase ? [batchSize, microBatchSize!] : [batchSize]) {
    const result = await timeProgram(way.program(each, state.files, size), {
      ...{ seconds: time.left(), untimedSteps: rehearsal ? 1 : warmUpSteps, timedSteps: steps },
      async afterLoad(process, { parameters }) {
        state.parameters ??= parameters;
        if (parameters !== state.parameters)
          throw new Error(
            `expected a network of ${state.parameters} parameters, received one of ${parameters}`,
          );
        if (state.hasFiles) return;
        await process.request("save", { ...state.files });
        state.hasFiles = true;
      },
    });
    records.push({ ...labels, microBatchSize: size, ...withoutLate(result) });
    if (!("skipped" in result) || result.late || time.left() < leastSeconds) break;
  }
  return records;
}

const withoutLate = <T extends object>(result: T | GivenUp) =>
  "skipped" in result ? { skipped: result.skipped } : result;

const child = fileURLToPath(
  new URL(`../steps/child/main${extname(fileURLToPath(import.meta.url))}`, import.meta.url),
);
const startOurs = () => startLineProcess(process.execPath, [...process.execArgv, child]);

const engineNumber = (name: string) => engines.findIndex((engine) => engine.name === name);

function ourWay(webgpu: GpuRecord["webgpu"]): Way {
  return {
    name: "webgpu",
    gradient: ({ programs }) => programs[0]!.gradient,
    absent: "absent" in webgpu ? webgpu.absent : undefined,
    needsFiles: false,
    program: (each, _, microBatchSize) => ({
      start: startOurs,
      step: "wholeStep",
      details: { number: caseNumber(each), program: 0, microBatchSize, engine: engineNumber("webgpu") },
    }),
  };
}

/** Has the network and the data written by a program on the wasm backend, which runs everywhere. Returns why it could not. */
async function writeFiles(each: PerformanceCase, files: Files, seconds: number): Promise<string | undefined> {
  const details = { number: caseNumber(each), program: 0, microBatchSize: each.batchSize };
  const written = await withProcess(startOurs, seconds, async (process) => {
    // The published size takes long here, and a few images have enough pixels for the statistics of each channel.
    const few = each === publishedCase ? { initialExamples: 4 } : {};
    await process.request("load", { ...details, ...few, engine: engineNumber("wasm") });
    await process.request("save", { ...files });
  });
  return written?.skipped;
}

function pyTorchWays(
  pytorch: GpuRecord["pytorch"],
  start: () => LineProcess,
  rehearsal: boolean,
): readonly Way[] {
  const { learningRate, clipNorm } = training;
  const threads = availableParallelism();
  const way = (name: string, compile: boolean, absent: string | undefined): Way => ({
    name,
    gradient: ({ peerGradient }) => peerGradient,
    absent,
    needsFiles: true,
    program: ({ batchSize }, files, microBatchSize) => ({
      start,
      step: "step",
      details: {
        ...{ ...files, batchSize, microBatchSize, learningRate, clipNorm, threads, compile },
        device: rehearsal ? "cpu" : "cuda",
      },
    }),
  });
  const missing =
    "absent" in pytorch
      ? pytorch.absent
      : pytorch.gpu === null && !rehearsal
        ? `PyTorch ${pytorch.version} finds no GPU with CUDA`
        : undefined;
  const cannotCompile =
    "version" in pytorch && !pytorch.compiles
      ? `PyTorch ${pytorch.version} has no torch.compile, which came with version 2`
      : undefined;
  return [way("PyTorch", false, missing), way("PyTorch, torch.compile", true, missing ?? cannotCompile)];
}

/** Looks for a WebGPU adapter, in which a renderer in software counts only for a rehearsal. */
async function findAdapter(rehearsal: boolean): Promise<GpuRecord["webgpu"]> {
  const found = await startBackend("webgpu").catch((error: Error) => error);
  if (found instanceof Error) return { absent: found.message };
  const adapter = found.adapter!;
  if (isSoftware(adapter) && !rehearsal)
    return {
      absent: `the only WebGPU adapter is ${adapter}, which is no GPU; --device cpu measures on it all the same`,
    };
  return { adapter };
}

/** Whether an adapter computes on the processor. */
export const isSoftware = (adapter = "") => /swiftshader|llvmpipe|software|\bcpu\b/i.test(adapter);

async function findPyTorch(named: string | undefined): Promise<{
  readonly pytorch: GpuRecord["pytorch"];
  readonly startPyTorch: () => LineProcess;
}> {
  const never = () => {
    throw new Error("expected a Python with PyTorch, received none");
  };
  if (named === "none") return { pytorch: { absent: "PyTorch was left out" }, startPyTorch: never };
  const python = findPython(named);
  if ("absent" in python)
    return { pytorch: { absent: `no Python with PyTorch: ${python.absent}` }, startPyTorch: never };
  const startPyTorch = () => startPeer(python, availableParallelism());
  const peer = startPyTorch();
  try {
    const { version, gpu, cuda, convolutionsInTf32, compiles } =
      await peer.request<Omit<Extract<GpuRecord["pytorch"], { version: string }>, "program">>("about");
    const { program } = python;
    return { pytorch: { program, version, gpu, cuda, convolutionsInTf32, compiles }, startPyTorch };
  } finally {
    await peer.stop();
  }
}
