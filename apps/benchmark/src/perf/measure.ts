import { loadavg } from "node:os";
import { startBackend } from "@invertible/ops/backend";
import type { BackendInfo } from "@invertible/ops/backend";
import type { BackendName } from "../backend-names.ts";
import { collectVersions, describeMachine } from "../results/versions.ts";
import { engines } from "./engines.ts";
import type { Engine } from "./engines.ts";
import {
  depths,
  describeSize,
  fullSize,
  gradientModes,
  plainMode,
  smallSize,
} from "./gradients/gradient-modes.ts";
import { measureGradients } from "./gradients/measure-gradients.ts";
import { inverseCases, inverseTolerance } from "./inverses/inverse-cases.ts";
import { measureInverse } from "./inverses/measure-inverse.ts";
import { dimensions, measureLogDets } from "./log-det-cost.ts";
import type { PerfChoices } from "./parse.ts";
import { findPython, startPeer } from "./processes/python.ts";
import type { Python } from "./processes/python.ts";
import { recordFormat } from "./record/schema.ts";
import type { PerformanceRecord } from "./record/schema.ts";
import { measureSizes } from "./sizes.ts";
import { measureCase } from "./steps/measure-case.ts";
import { performanceCases } from "./steps/cases.ts";
import { measureThroughput } from "./throughput.ts";

/** Who hears of a measurement while it goes on, which takes many minutes. */
export interface Listener {
  /** Told what is measured next. */
  announce(text: string): void;
  /** Given the record as it stands before each measurement, so that a failure loses one part and not all. */
  keep(record: PerformanceRecord): void;
}

/**
 * Measures what was chosen, one thing after the other.
 *
 * @throws Error where the only engine that was chosen cannot run here.
 */
export async function measure(
  { engines: names, parts, python: named, steps }: PerfChoices,
  listener: Listener,
): Promise<PerformanceRecord> {
  const startedAt = new Date().toISOString();
  const loadAtStart = loadavg()[0]!;
  const backends = [
    ...new Set(engines.filter(({ name }) => names.includes(name)).map(({ backend }) => backend)),
  ];
  const started = new Map<BackendName, BackendInfo>();
  const absent: string[] = [];
  for (const backend of backends) {
    const info = await startBackend(backend).catch((error: Error) => error);
    if (!(info instanceof Error)) started.set(backend, info);
    // A backend that alone was asked for has to be there.
    else if (backends.length === 1) throw info;
    else absent.push(`${backend}: absent (${info.message})`);
  }
  const usable = engines.filter(({ name, backend }) => names.includes(name) && started.has(backend));

  const { python, described } = await describePython(named);
  const record: PerformanceRecord = {
    format: recordFormat,
    startedAt,
    machine: describeMachine(),
    loadAtStart,
    versions: collectVersions(),
    python: described,
    absent,
    steps: [],
    gradients: [],
    inverses: [],
    throughput: [],
    logDets: [],
    sizes: [],
  };
  const announce = (text: string) => {
    listener.keep(record);
    listener.announce(text);
  };

  for (const each of performanceCases.filter(({ name }) => parts.includes(name))) {
    announce(`training steps: ${each.model}, ${each.layout}`);
    record.steps.push(await measureCase(each, feasible(usable, started, each), python, steps));
  }
  for (const [backend, { adapter }] of started) {
    await startBackend(backend);
    const slow = isSoftware(adapter);
    if (parts.includes("memory") && !slow) {
      announce(`${backend}: gradients of the log-det and backward passes`);
      record.gradients.push(await gradientsOn(backend));
    }
    if (parts.includes("inverse"))
      for (const each of inverseCases) {
        const { name: block, coefficient, batchSize } = each;
        announce(`${backend}: inverse of ${block}, c = ${coefficient}`);
        const { rate, costs } = await measureInverse(each);
        record.inverses.push({
          ...{ backend, block, coefficient, batchSize, rate, tolerance: inverseTolerance },
          costs: [...costs],
        });
      }
    if (parts.includes("throughput"))
      for (const each of differentNetworks.filter(
        ({ infeasible }) => !slow && !infeasible.includes(backend),
      )) {
        announce(`${backend}: log-probabilities and samples of ${each.model}, ${each.layout}`);
        record.throughput.push(await measureThroughput(backend, each));
      }
    if (parts.includes("log-det") && !slow)
      for (const dimension of dimensions) {
        announce(`${backend}: log-determinants in ${dimension} dimensions`);
        record.logDets.push(await measureLogDets(backend, dimension));
      }
  }
  if (parts.includes("sizes")) {
    announce("sizes");
    record.sizes.push(...measureSizes());
  }
  listener.keep(record);
  return record;
}

/** Evaluation and sampling do not depend on the number of terms in training. */
const differentNetworks = performanceCases.filter(({ layout }) => !layout.endsWith("10 terms"));

/** A GPU in software takes minutes for a step of convolutions. */
const isSoftware = (adapter = "") => /swiftshader|llvmpipe/i.test(adapter);

function feasible(
  usable: readonly Engine[],
  started: ReadonlyMap<BackendName, BackendInfo>,
  { name, infeasible }: (typeof performanceCases)[number],
): Engine[] {
  return usable.filter(
    ({ backend }) =>
      !infeasible.includes(backend) && !(name === "images" && isSoftware(started.get(backend)!.adapter)),
  );
}

async function describePython(named: string | undefined): Promise<{
  readonly python: Python | undefined;
  readonly described: PerformanceRecord["python"];
}> {
  if (named === "none") return { python: undefined, described: { absent: "it was left out" } };
  const python = findPython(named);
  if ("absent" in python) {
    if (named !== undefined)
      throw new Error(`--python: expected a Python with PyTorch and NumPy, received ${python.absent}`);
    return { python: undefined, described: python };
  }
  const peer = startPeer(python, 1);
  try {
    const { blas } = await peer.request<{ readonly blas: string }>("about");
    return { python, described: { ...python, blas } };
  } finally {
    await peer.stop();
  }
}

async function gradientsOn(backend: BackendName): Promise<PerformanceRecord["gradients"][number]> {
  const size = backend === "cpu" ? smallSize : fullSize;
  const costs = await measureGradients(gradientModes, size);
  return {
    backend,
    size: describeSize(size),
    depths: [...depths],
    plain: plainMode.name,
    modes: costs.map(({ milliseconds, peaks }, i) => ({
      name: gradientModes[i]!.name,
      milliseconds,
      peakBytes: [...peaks],
    })),
  };
}
