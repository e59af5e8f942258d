import { formatCount, formatMilliseconds, formatSmall } from "../../results/format.ts";
import type {
  CaseRecord,
  GradientsRecord,
  InverseRecord,
  LogDetRecord,
  MeasuredVariant,
  PerformanceRecord,
  SizeRecord,
  ThroughputRecord,
  VariantRecord,
} from "./schema.ts";

/** A table as text, for a terminal or a page. */
export interface PerfTable {
  /** Which figures these are. */
  readonly title: string;
  readonly columns: readonly (readonly [head: string, align: "left" | "right"])[];
  readonly rows: readonly (readonly string[])[];
}

/** Tables that answer one question, with what a reader must know about them. */
export interface Section {
  readonly heading: string;
  readonly text: string;
  readonly tables: readonly PerfTable[];
}

/** Above this, other programs take so much of the machine that times say little. */
export const mostLoad = 0.3;

/** All figures of a record. A part that was not measured is left out. */
export function sectionsOf(record: PerformanceRecord): Section[] {
  const { steps, gradients, inverses, throughput, logDets, sizes } = record;
  const sections: readonly (Section & { readonly measured: number })[] = [
    {
      heading: "Training steps",
      measured: steps.length,
      text: `${stepsText} ${peerText(record)}`,
      tables: [...steps.map((each) => caseTable(each, record.loadAtStart)), peakTable(steps)],
    },
    {
      heading: "Kinds of gradients",
      measured: gradients.length,
      text: "The memory is that of the tensors of one training step at its height, beside what was there before.",
      tables: gradients.map(gradientTable),
    },
    {
      heading: "Inverses",
      measured: inverses.length,
      text:
        "A batch is inverted until the error of every row is proven to be small enough. An iteration evaluates the branch once, and the " +
        "row that needs most of them counts. The rate is the factor by which one plain iteration shrinks the error, measured.",
      tables: [inverseTable(inverses)],
    },
    {
      heading: "Evaluation and sampling",
      measured: throughput.length,
      text: "The networks are as at the start of training. Inverses are solved to their default tolerance, and the bound is proven.",
      tables: [throughputTable(throughput)],
    },
    {
      heading: "Log-determinants by dimension",
      measured: logDets.length,
      text:
        "The block is dense with 64 hidden features and c = 0.9, as at the start of training. The error is the root mean square " +
        "of the difference from the exact value, for one random probe. The bias is the part of it that the omitted terms can cause, as proven.",
      tables: [logDetTable(logDets)],
    },
    {
      heading: "Sizes",
      measured: sizes.length,
      text: "Kilobytes of 1000 bytes after minification and gzip. A package counts with what it needs of ours.",
      tables: [sizeTable(sizes)],
    },
  ];
  return sections
    .filter(({ measured }) => measured > 0)
    .map(({ heading, text, tables }) => ({ heading, text, tables }));
}

const stepsText =
  "A step computes the gradient, clips it, updates the weights by Adam, makes one power iteration in every capped layer, and reads " +
  "the loss back. All programs of a table train the same network from the same weights. Each has a process of its own, and " +
  "those with as many threads make their steps in turn. A program computes the gradient of the whole batch, or of so many examples at " +
  "a time and then the mean, which needs less memory. Figures of different tables are not comparable, because the networks do different work. GFLOP are " +
  "10^9 operations of convolutions and matrix products, counted in a step. The share is that of the rate at which the same " +
  "program multiplies large matrices. On wasm, 3x3 convolutions take fewer multiplications than are counted.";

function peerText({ python }: PerformanceRecord): string {
  if ("absent" in python) return `PyTorch was not measured: ${python.absent}.`;
  return (
    `PyTorch is version ${python.torch} with matrix products from ${python.blas}. It runs plain implementations of the published ` +
    `algorithms, which lie in tools/peers.${isReferenceBlas(python.blas) ? slowBlasText : ""}`
  );
}

/** Debian and others install the reference BLAS under such a path where no optimised one stands in its place. */
const isReferenceBlas = (libraries: string) =>
  /\/blas\/libblas/.test(libraries) && !/openblas|mkl|blis|atlas/i.test(libraries);

const slowBlasText =
  " That library is the reference implementation, which is ten times slower than an optimised one. Do not compare with these rows: " +
  "install an optimised one (on Debian libopenblas0-pthread) and measure again.";

function caseTable(each: CaseRecord, load: number): PerfTable {
  const { data, model, layout, batchSize, parameters, variants } = each;
  const size = parameters === null ? "" : `, ${formatCount(parameters)} parameters`;
  const busy =
    load > mostLoad ? `; the machine was busy, with a load of ${load.toFixed(1)} at the start` : "";
  const first = variants.find(isMeasured);
  return {
    title: `${model} on ${data}: ${layout}; batch ${batchSize}${size}${busy}`,
    columns: [
      ["program", "left"],
      ["threads", "right"],
      ["gradient of the log-det", "left"],
      ["at a time", "right"],
      ["ms/step, least", "right"],
      ["median", "right"],
      ["against the first", "right"],
      ["GFLOP/step", "right"],
      ["GFLOP/s", "right"],
      ["share", "right"],
      ["peak MB", "right"],
      ["start, s", "right"],
    ],
    rows: variants.map((variant) => [
      variant.name,
      variant.threads === 0 ? "" : String(variant.threads),
      variant.gradient,
      String(variant.microBatchSize),
      ...(isMeasured(variant)
        ? stepCells(variant, first!)
        : [`not measured: ${variant.failure}`, "", "", "", "", "", "", ""]),
    ]),
  };
}

function stepCells(variant: MeasuredVariant, first: MeasuredVariant): string[] {
  const { milliseconds, operations, matMulGflops, peakBytes, startUpMilliseconds } = variant;
  const rate = operations === null ? undefined : operations / milliseconds.median / 1e6;
  return [
    formatMilliseconds(milliseconds.minimum),
    formatMilliseconds(milliseconds.median),
    `${(milliseconds.median / first.milliseconds.median).toFixed(2)} x`,
    operations === null ? "" : (operations / 1e9).toFixed(2),
    rate === undefined ? "" : rate.toFixed(1),
    rate === undefined ? "" : `${((100 * rate) / matMulGflops).toFixed(0)} %`,
    (peakBytes / 1e6).toFixed(0),
    (startUpMilliseconds / 1000).toFixed(1),
  ];
}

const isMeasured = (variant: VariantRecord): variant is MeasuredVariant => !("failure" in variant);

/** The best rate that each program reached in any case. */
function peakTable(steps: readonly CaseRecord[]): PerfTable {
  const best = new Map<string, { readonly name: string; readonly threads: number; readonly rate: number }>();
  for (const { name, threads, matMulGflops } of steps
    .flatMap(({ variants }) => variants)
    .filter(isMeasured)) {
    const key = `${name} ${threads}`;
    const rate = Math.max(matMulGflops, best.get(key)?.rate ?? 0);
    best.set(key, { name, threads, rate });
  }
  return {
    title: "Products of 512 x 512 matrices, the best of all",
    columns: [
      ["program", "left"],
      ["threads", "right"],
      ["GFLOP/s", "right"],
    ],
    rows: [...best.values()].map(({ name, threads, rate }) => [
      name,
      threads === 0 ? "" : String(threads),
      rate.toFixed(1),
    ]),
  };
}

function gradientTable({ backend, size, depths, plain, modes }: GradientsRecord): PerfTable {
  const reference = modes.find(({ name }) => name === plain)!;
  const [few, many] = depths as [number, number];
  return {
    title: `${backend}, blocks of ${size}`,
    columns: [
      ["gradient of the log-det, backward pass", "left"],
      [`ms/step, ${few} blocks`, "right"],
      [`against ${plain}`, "right"],
      [`peak MB, ${few} blocks`, "right"],
      [`${many} blocks`, "right"],
      ["ratio", "right"],
    ],
    rows: modes.map(({ name, milliseconds, peakBytes }) => {
      const [shallow, deep] = peakBytes as [number, number];
      return [
        name,
        formatMilliseconds(milliseconds),
        `${(milliseconds / reference.milliseconds).toFixed(2)} x`,
        (shallow / 1e6).toFixed(2),
        (deep / 1e6).toFixed(2),
        `${(deep / shallow).toFixed(2)} x`,
      ];
    }),
  };
}

function inverseTable(lines: readonly InverseRecord[]): PerfTable {
  return {
    title: `Error of every row at most ${lines[0]?.tolerance}`,
    columns: [
      ["backend", "left"],
      ["block", "left"],
      ["c", "right"],
      ["rate", "right"],
      ["batch", "right"],
      ["method", "left"],
      ["iterations", "right"],
      ["ms", "right"],
      ["error at most", "right"],
    ],
    rows: lines.flatMap(({ backend, block, coefficient, rate, batchSize, costs }) =>
      costs.map(({ method, iterations, milliseconds, errorBound }) => [
        backend,
        block,
        String(coefficient),
        rate.toFixed(2),
        String(batchSize),
        method,
        String(iterations),
        formatMilliseconds(milliseconds),
        formatSmall(errorBound),
      ]),
    ),
  };
}

function throughputTable(lines: readonly ThroughputRecord[]): PerfTable {
  return {
    title: "Examples per second",
    columns: [
      ["backend", "left"],
      ["data", "left"],
      ["model", "left"],
      ["layout", "left"],
      ["batch", "right"],
      ["log p(x) per s", "right"],
      ["samples per s", "right"],
      ["error at most", "right"],
    ],
    rows: lines.map(({ backend, data, model, layout, batchSize, logProb, sampling, errorBound }) => [
      ...[backend, data, model, layout, String(batchSize)],
      formatCount(Math.round(logProb)),
      formatCount(Math.round(sampling)),
      formatSmall(errorBound),
    ]),
  };
}

function logDetTable(lines: readonly LogDetRecord[]): PerfTable {
  return {
    title: `One block, batch ${lines[0]?.batchSize}`,
    columns: [
      ["backend", "left"],
      ["dimensions", "right"],
      ["log-det", "left"],
      ["ms", "right"],
      ["ms with gradient", "right"],
      ["error, nats", "right"],
      ["bias at most", "right"],
    ],
    rows: lines.flatMap(({ backend, dimension, estimators }) =>
      estimators.map(({ name, milliseconds, gradientMilliseconds, error, biasBound }) => [
        backend,
        String(dimension),
        name,
        formatMilliseconds(milliseconds),
        formatMilliseconds(gradientMilliseconds),
        formatSmall(error),
        formatSmall(biasBound),
      ]),
    ),
  };
}

function sizeTable(sizes: readonly SizeRecord[]): PerfTable {
  return {
    title: "Bundles",
    columns: [
      ["what", "left"],
      ["kB", "right"],
    ],
    rows: sizes.map(({ what, kilobytes }) => [what, kilobytes.toFixed(1)]),
  };
}
