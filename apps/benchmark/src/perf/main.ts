#!/usr/bin/env node
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { surviveClosedOutput } from "../cli/closed-output.ts";
import { UsageError } from "../cli/usage-error.ts";
import type { GpuChoices } from "./gpu/gpu-choices.ts";
import type { GpuRecord } from "./gpu/gpu-record.ts";
import { measureGpu } from "./gpu/measure-gpu.ts";
import { renderGpuPage, renderGpuTerminal } from "./gpu/render-gpu.ts";
import { measure } from "./measure.ts";
import type { Listener } from "./measure.ts";
import { parsePerf } from "./parse.ts";
import { describeRatios, measureRatios } from "./ratios.ts";
import { readRecord } from "./record/read-record.ts";
import { renderPage } from "./record/render-page.ts";
import { renderTerminal } from "./record/render-terminal.ts";

async function perf(commandLine: readonly string[]): Promise<number> {
  const parsed = parsePerf(commandLine);
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.kind === "ratios") {
    const ratios = await measureRatios();
    process.stdout.write(`${describeRatios(ratios)}\n`);
    return ratios.every(({ value, limit }) => value <= limit) ? 0 : 1;
  }
  if (parsed.kind === "gpu") return perfOnGpu(parsed.choices, parsed.out);
  const { source, json, page } = parsed;
  const listener: Listener = {
    announce: (text) => void process.stderr.write(`${text} ...\n`),
    keep: (record) => json !== undefined && writeFileSync(json, `${JSON.stringify(record, undefined, 2)}\n`),
  };
  const record =
    "from" in source ? readRecord(source.from, textOf(source.from)) : await measure(source, listener);
  if (page !== undefined) writeFileSync(page, renderPage(record));
  process.stdout.write(`${renderTerminal(record)}\n`);
  return 0;
}

async function perfOnGpu(choices: GpuChoices, out: string): Promise<number> {
  mkdirSync(out, { recursive: true });
  const keep = (record: GpuRecord) => {
    writeFileSync(join(out, "perf-gpu.json"), `${JSON.stringify(record, undefined, 2)}\n`);
    writeFileSync(join(out, "perf-gpu.md"), renderGpuPage(record));
  };
  const record = await measureGpu(choices, {
    announce: (text) => void process.stderr.write(`${text} ...\n`),
    keep,
  });
  keep(record);
  process.stdout.write(`${renderGpuTerminal(record)}\nWritten to ${out}: perf-gpu.json, perf-gpu.md\n`);
  const measured = record.cases.flatMap(({ programs }) => programs).filter((each) => !("skipped" in each));
  if (measured.length === 0) process.stderr.write("Nothing was measured. The tables say why.\n");
  return measured.length > 0 ? 0 : 1;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `--from: expected a file to read, received ${error instanceof Error ? error.message : file}`,
    );
  }
}

surviveClosedOutput();
try {
  process.exitCode = await perf(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
