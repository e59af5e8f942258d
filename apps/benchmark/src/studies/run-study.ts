import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { eager } from "@invertible/trainer";
import type { Engine } from "@invertible/trainer";
import type { FigureOptions } from "../cli/parse-figure.ts";
import { UsageError } from "../cli/usage-error.ts";
import type { EngineName } from "../engine-names.ts";
import { backendFacts } from "../job/backend-facts.ts";
import { collectVersions, describeMachine } from "../results/versions.ts";
import { writeAtomically } from "../run/atomic-file.ts";
import { loadImages } from "./data/load-images.ts";
import type { Study, StudyEntry } from "./study.ts";
import type { StudyRecord } from "./study-record.ts";
import { renderStudy } from "./study-page.ts";

/** The files that a figure leaves. */
export interface StudyFiles {
  readonly page: string;
  readonly numbers: string;
}

/**
 * Measures a figure and writes it: numbers first, then the page.
 *
 * @param engineName what makes steps of training by likelihood
 */
export async function runStudy(
  entry: StudyEntry,
  options: FigureOptions,
  engineName: EngineName,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<StudyFiles> {
  const { name, title, source } = entry;
  const { seed = 1, backend: backendName = "wasm", threads = 1, data, steps } = options;
  const folder = resolve(options.out ?? `results/figures/${name}`);
  // Before the work, so that a folder that cannot be made costs no time.
  await mkdir(folder, { recursive: true }).catch(({ message }: Error) => {
    throw new UsageError(`--out: expected a folder that can be made, received ${folder} (${message})`);
  });
  const started = performance.now();
  const backend = backendFacts(await startBackend(backendName));
  const random = createRandom(seed).fold(name);
  const study: Study<object> = await entry.load();
  const refusals: string[] = [];
  const numbers = await study.measure({
    images: await loadImages(data ?? null, random, signal),
    steps,
    random,
    engine: await engineNamed(engineName, threads, (reason) => refusals.push(reason)),
    signal,
    say,
  });
  const record: StudyRecord = {
    ...{ format: "invertible-benchmark-figure/1", name, title, source },
    ...{ command: commandOf(name, options, engineName), seed },
    finishedAt: new Date().toISOString(),
    seconds: (performance.now() - started) / 1000,
    machine: describeMachine(),
    backend,
    engine: [engineName, ...refusals.map((reason) => `refused: ${reason}`)].join("; "),
    versions: collectVersions(),
    numbers,
  };
  // What is drawn is what other programs read.
  const text = JSON.stringify(record, undefined, 2);
  const stored = JSON.parse(text) as StudyRecord;
  const files = { page: join(folder, "figure.html"), numbers: join(folder, "figure.json") };
  await writeAtomically(files.numbers, `${text}\n`);
  await writeAtomically(files.page, renderStudy(stored, study.draw(stored.numbers)));
  return files;
}

async function engineNamed(
  name: EngineName,
  threads: number,
  onRefusal: (reason: string) => void,
): Promise<Engine> {
  if (name === "eager") return eager();
  const { captured } = await import("@invertible/capture");
  return captured({ threads, onRefusal: ({ message }) => onRefusal(message) });
}

function commandOf(name: string, options: FigureOptions, engine: EngineName): string[] {
  const { seed = 1, backend = "wasm", threads, data, steps } = options;
  return [
    ...["npm run bench", "--", `figure ${name}`, `--seed ${seed}`],
    ...[`--backend ${backend}`, `--engine ${engine}`],
    ...(threads === undefined ? [] : [`--threads ${threads}`]),
    ...(data === undefined ? [] : [`--data ${data}`]),
    ...(steps === undefined ? [] : [`--steps ${steps}`]),
  ];
}
