import { formatCount, formatMilliseconds } from "../../results/format.ts";
import { markdownTable, wrapped } from "../record/render-page.ts";
import { terminalTable } from "../record/render-terminal.ts";
import type { PerfTable } from "../record/tables.ts";
import type { GpuCaseRecord, GpuProgramRecord, GpuRecord } from "./gpu-record.ts";

/** The record as a page of Markdown. */
export function renderGpuPage(record: GpuRecord): string {
  const tables = record.cases
    .map(gpuTable)
    .flatMap((table) => [wrapped(`**${table.title}**`), markdownTable(table)]);
  return `${["# Training steps on a GPU", ...introduction(record).map(wrapped), ...tables].join("\n\n")}\n`;
}

/** The record for a terminal. */
export function renderGpuTerminal(record: GpuRecord): string {
  const tables = record.cases.map(gpuTable).map((table) => `${table.title}\n${terminalTable(table)}`);
  return [introduction(record).join("\n"), ...tables].join("\n\n");
}

/** When and where the record was measured, and what the figures mean, as paragraphs. */
function introduction(record: GpuRecord): string[] {
  const { startedAt, machine, versions, webgpu, pytorch, rehearsal, budgetSeconds } = record;
  const { processor, cores, memoryGiB, system } = machine;
  return [
    ...(rehearsal
      ? ["A rehearsal on the processor, with --device cpu. These times say nothing about any GPU."]
      : []),
    `Measured on ${startedAt.slice(0, 10)} within ${budgetSeconds} s, by \`npm run perf -- --gpu\`. ${cores} x ${processor}, ` +
      `${memoryGiB} GiB of memory, ${system}, Node ${versions["node"]}, TensorFlow.js ${versions["@tensorflow/tfjs"]}.`,
    "adapter" in webgpu ? `WebGPU: ${webgpu.adapter}.` : `WebGPU was not measured: ${webgpu.absent}.`,
    "absent" in pytorch ? `PyTorch was not measured: ${pytorch.absent}.` : describePyTorch(pytorch),
    "A step ends when the GPU has done all of it: gradient, clipping, optimiser and power iteration. All programs compute in float32. " +
      "The start lasts from the start of a program to the end of its first step. Memory is the most that a program has " +
      "held on the GPU: allocated buffers for webgpu, and torch.cuda.max_memory_allocated for PyTorch. Programs with another gradient of the " +
      "log-det do other work for the same purpose.",
  ];
}

function describePyTorch(pytorch: Exclude<GpuRecord["pytorch"], { readonly absent: string }>): string {
  const { version, gpu, cuda, convolutionsInTf32, compiles } = pytorch;
  return (
    `PyTorch ${version}: ${gpu === null ? "no GPU with CUDA" : `${gpu}, CUDA ${cuda}`}` +
    `${convolutionsInTf32 ? "; its convolutions round their inputs to TF32, which is its default" : ""}` +
    `${compiles ? "" : "; it has no torch.compile"}.`
  );
}

function gpuTable({ data, model, layout, batchSize, parameters, programs }: GpuCaseRecord): PerfTable {
  const size = parameters === null ? "" : `; ${formatCount(parameters)} parameters`;
  return {
    title: `${model} on ${data}: ${layout}; batches of ${batchSize}${size}`,
    columns: [
      ["program", "left"],
      ["gradient of the log-det", "left"],
      ["at a time", "right"],
      ["fastest step, ms", "right"],
      ["median, ms", "right"],
      ["steps", "right"],
      ["start, s", "right"],
      ["GPU memory, MB", "right"],
      ["remark", "left"],
    ],
    rows: programs.map(rowOf),
  };
}

function rowOf(program: GpuProgramRecord): string[] {
  const { name, gradient, microBatchSize } = program;
  const labels = [name, gradient, formatCount(microBatchSize)];
  if ("skipped" in program) return [...labels, "", "", "", "", "", `skipped: ${program.skipped}`];
  const { milliseconds, timedSteps, startUpSeconds, gpuPeakBytes, lastLoss } = program;
  return [
    ...labels,
    formatMilliseconds(milliseconds.minimum),
    formatMilliseconds(milliseconds.median),
    String(timedSteps),
    startUpSeconds.toFixed(1),
    gpuPeakBytes === null ? "unknown" : formatCount(Math.round(gpuPeakBytes / 1e6)),
    `last loss ${lastLoss.toFixed(2)}`,
  ];
}
