#!/usr/bin/env node
import { startBackend } from "@invertible/ops/backend";
import type { BackendInfo } from "@invertible/ops/backend";
import { UsageError } from "../cli/usage-error.ts";
import { describeMachine } from "../results/versions.ts";
import { performanceCases } from "./cases.ts";
import { fullSize, gradientModes, smallSize } from "./gradient-modes.ts";
import { inverseCases, inverseTolerance } from "./inverse-cases.ts";
import { measureCase } from "./measure-case.ts";
import { measureGradients } from "./measure-gradients.ts";
import { measureInverse } from "./measure-inverse.ts";
import { parsePerf } from "./parse.ts";
import type { PartName } from "./parse.ts";
import { gradientTable, inverseTable, modelTable } from "./tables.ts";
import type { GradientLines, InverseLines, ModelLine } from "./tables.ts";

interface Figures {
  readonly models: ModelLine[];
  readonly gradients: GradientLines[];
  readonly inverses: InverseLines[];
}

async function measureBackend(
  { name: backend, adapter }: BackendInfo,
  parts: readonly PartName[],
  figures: Figures,
): Promise<void> {
  const announce = (text: string) =>
    process.stderr.write(`${backend}${adapter === undefined ? "" : ` (${adapter})`}: ${text} ...\n`);

  // A GPU in software takes minutes for a step of convolutions.
  const isSoftware = /swiftshader|llvmpipe/i.test(adapter ?? "");
  for (const performanceCase of performanceCases.filter(({ name }) => parts.includes(name))) {
    const { name, model, infeasible } = performanceCase;
    const isFeasible = !infeasible.includes(backend) && !(isSoftware && name === "images");
    if (isFeasible) announce(`${model} on ${name}`);
    const time = isFeasible ? await measureCase(performanceCase) : undefined;
    figures.models.push({ backend, performanceCase, time });
  }

  if (parts.includes("memory")) {
    const size = backend === "cpu" ? smallSize : fullSize;
    if (!isSoftware) announce("gradients of the log-det and backward passes");
    const costs = isSoftware ? undefined : await measureGradients(gradientModes, size);
    figures.gradients.push({ backend, size, costs });
  }

  if (parts.includes("inverse"))
    for (const inverseCase of inverseCases) {
      announce(`inverse of ${inverseCase.name}, c = ${inverseCase.coefficient}`);
      figures.inverses.push({ backend, inverseCase, figures: await measureInverse(inverseCase) });
    }
}

async function perf(commandLine: readonly string[]): Promise<number> {
  const parsed = parsePerf(commandLine);
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return 0;
  }
  const figures: Figures = { models: [], gradients: [], inverses: [] };
  const absent: string[] = [];
  for (const backend of parsed.backends) {
    const started = await startBackend(backend).catch((error: Error) => error);
    if (!(started instanceof Error)) await measureBackend(started, parsed.parts, figures);
    // A backend that alone was asked for has to be there.
    else if (parsed.backends.length === 1) throw started;
    else absent.push(`${backend}: absent (${started.message})`);
  }
  print(figures);
  for (const text of absent) process.stdout.write(`${text}\n`);
  return 0;
}

function print({ models, gradients, inverses }: Figures): void {
  const { processor, cores } = describeMachine();
  process.stdout.write(
    `\nMeasured on ${cores} x ${processor}. Times are medians after a few steps of warm-up. Under Node the wasm backend uses one core.\n`,
  );
  if (models.length > 0)
    process.stdout.write(
      `\nTraining steps. The models differ in work, so compare a row only with itself, at another time or on another backend.\n` +
        `${modelTable(models)}\n`,
    );
  if (gradients.length > 0)
    process.stdout.write(
      `\nKinds of gradients. The peak is how much memory the tensors of one training step take at most, beside what was there before.\n` +
        `${gradientTable(gradients)}\n`,
    );
  if (inverses.length > 0)
    process.stdout.write(
      `\nInverses of one batch, until the error of every row is proven to be at most ${inverseTolerance}. An iteration evaluates the branch once, and the row that needs most of them counts. The rate is the factor by which one plain iteration shrinks the error, measured.\n` +
        `${inverseTable(inverses)}\n`,
    );
}

try {
  process.exitCode = await perf(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
