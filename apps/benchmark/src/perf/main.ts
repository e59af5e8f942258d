#!/usr/bin/env node
import Table from "cli-table3";
import { startBackend } from "@invertible/ops/backend";
import type { BackendInfo } from "@invertible/ops/backend";
import type { BackendName } from "../catalogue/names.ts";
import { UsageError } from "../cli/usage-error.ts";
import { formatCount, formatMilliseconds } from "../results/format.ts";
import { describeMachine } from "../results/versions.ts";
import { performanceCases } from "./cases.ts";
import type { CaseName, PerformanceCase } from "./cases.ts";
import { measureCase } from "./measure-case.ts";
import { parsePerf } from "./parse.ts";

/** One line of the table: a case on a backend, in words where there is no figure. */
interface Line {
  readonly backend: BackendName;
  readonly performanceCase: PerformanceCase;
  readonly parameters: string;
  readonly median: string;
  readonly spread: string;
  readonly ratio: string;
}

async function measureBackend(
  { name: backend, adapter }: BackendInfo,
  cases: readonly CaseName[],
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const performanceCase of performanceCases.filter(({ name }) => cases.includes(name))) {
    const { name, model, infeasible, pytorch } = performanceCase;
    if (infeasible.includes(backend)) {
      lines.push({
        backend,
        performanceCase,
        parameters: "",
        median: "not measured: a step takes minutes",
        spread: "",
        ratio: "",
      });
      continue;
    }
    process.stderr.write(
      `${backend}${adapter === undefined ? "" : ` (${adapter})`}: ${model} on ${name} ...\n`,
    );
    const time = await measureCase(performanceCase);
    lines.push({
      backend,
      performanceCase,
      parameters: formatCount(time.parameters),
      median: formatMilliseconds(time.median),
      spread: `${formatMilliseconds(time.fastest)} - ${formatMilliseconds(time.slowest)}`,
      ratio: `${(time.median / pytorch).toFixed(2)} x`,
    });
  }
  return lines;
}

async function perf(commandLine: readonly string[]): Promise<number> {
  const parsed = parsePerf(commandLine);
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return 0;
  }
  const lines: Line[] = [];
  const absent: string[] = [];
  for (const backend of parsed.backends) {
    const started = await startBackend(backend).catch((error: Error) => error);
    if (!(started instanceof Error)) lines.push(...(await measureBackend(started, parsed.cases)));
    // A backend that alone was asked for has to be there.
    else if (parsed.backends.length === 1) throw started;
    else absent.push(`${backend}: absent (${started.message})`);
  }
  const { processor, cores } = describeMachine();
  process.stdout.write(
    `\nMilliseconds per training step, median of steps after warm-up (${cores} x ${processor})\n`,
  );
  process.stdout.write(`${renderLines(lines)}\n`);
  for (const text of absent) process.stdout.write(`${text}\n`);
  process.stdout.write(
    "PyTorch: models of the same size on one comparable CPU core (image Glow there: 3 levels of 8 steps). wasm under Node also uses one core.\n",
  );
  return 0;
}

function renderLines(lines: readonly Line[]): string {
  const table = new Table({
    head: [
      "backend",
      "data",
      "model",
      "layout",
      "batch",
      "parameters",
      "ms/step",
      "fastest - slowest",
      "PyTorch",
      "ratio",
    ],
    colAligns: ["left", "left", "left", "left", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { backend, performanceCase, parameters, median, spread, ratio } of lines) {
    const { name, model, layout, batchSize, pytorch } = performanceCase;
    table.push([backend, name, model, layout, batchSize, parameters, median, spread, pytorch, ratio]);
  }
  return table.toString();
}

try {
  process.exitCode = await perf(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
