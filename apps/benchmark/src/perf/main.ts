#!/usr/bin/env node
import { readFileSync, writeFileSync } from "node:fs";
import { surviveClosedOutput } from "../cli/closed-output.ts";
import { UsageError } from "../cli/usage-error.ts";
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
