import { continuousFlow } from "@invertible/flow";
import type { Flow, SampleCall } from "@invertible/flow";
import { dispose, tensor } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import type { ExampleSet } from "@invertible/trainer";
import { encodeBytes } from "../results/binary.ts";
import type { ImageFigures, JobResult, PlaneFigures } from "../results/schema.ts";
import { firstExamples } from "./examples.ts";
import type { JobContext } from "./train-flow.ts";

/** What the report draws, and how long a sample took. */
export async function drawFigures(context: JobContext): Promise<{
  readonly figures: JobResult["figures"];
  readonly millisecondsPerSample: number;
}> {
  const { request, flow, data, random } = context;
  const { samples: count, tolerance } = request.workload.evaluation;
  const options: SampleCall = { random: random.fold("samples"), tolerance };
  // The first call compiles and allocates; it is not timed.
  await drawSamples(flow, Math.min(8, count), options);
  const started = performance.now();
  const samples = await drawSamples(flow, count, options);
  const millisecondsPerSample = (performance.now() - started) / count;
  const figures =
    data.unit === "nats" ? await planeFigures(context, samples) : await imageFigures(context, samples);
  return { figures, millisecondsPerSample };
}

async function drawSamples(flow: Flow, count: number, options: SampleCall): Promise<Float32Array> {
  const { x } = await flow.sample(count, options);
  return readAndDispose(x);
}

async function readAndDispose(x: Tensor): Promise<Float32Array> {
  try {
    return Float32Array.from(await x.data());
  } finally {
    dispose(x);
  }
}

const halfWidth = 4.5;
const cells = 120;
const gridBatch = 2400;

async function planeFigures(
  { flow, data, random, signal }: JobContext,
  samples: Float32Array,
): Promise<PlaneFigures> {
  const points = gridPoints(cells, halfWidth);
  const logDensity = new Float32Array(cells ** 2);
  for (let first = 0; first < logDensity.length; first += gridBatch) {
    signal.throwIfAborted();
    const batch = points.subarray(2 * first, 2 * (first + gridBatch));
    const x = tensor(batch, [batch.length / 2, 2]);
    try {
      const context = { random: random.fold("density"), training: false };
      logDensity.set(await readAndDispose(flow.logProb(x, context)), first);
    } finally {
      dispose(x);
    }
  }
  const grid = (values: Float32Array) => ({ cells, halfWidth, values: encodeBytes(values) });
  const { logDensity: known } = data;
  return {
    kind: "plane",
    data: encodeBytes(Float32Array.from(firstExamples(data.test, samples.length / 2).values)),
    samples: encodeBytes(samples),
    dataDensity: known
      ? grid(
          Float32Array.from({ length: cells ** 2 }, (_, i) =>
            Math.exp(known(points[2 * i]!, points[2 * i + 1]!)),
          ),
        )
      : null,
    logDensity: grid(logDensity),
  };
}

/** The centres of cells x cells squares that fill [-halfWidth, halfWidth]^2, row by row from the top. */
function gridPoints(cells: number, halfWidth: number): Float32Array {
  const coordinate = (index: number) => (halfWidth * (2 * index + 1)) / cells - halfWidth;
  return Float32Array.from({ length: 2 * cells ** 2 }, (_, i) => {
    const cell = i >> 1;
    return i % 2 === 0 ? coordinate(cell % cells) : -coordinate(Math.floor(cell / cells));
  });
}

const shownReconstructions = 10;

async function imageFigures(
  { flow, data, random, request }: JobContext,
  samples: Float32Array,
): Promise<ImageFigures> {
  const [height, width, channels] = data.test.shape as [number, number, number];
  const { originals, reconstructions } = await reconstruct(
    flow,
    firstExamples(data.test, shownReconstructions),
    random.fold("shown"),
    request.workload.evaluation.tolerance,
  );
  return {
    kind: "image",
    height,
    width,
    channels,
    samples: encodeBytes(Uint8Array.from(samples)),
    originals: encodeBytes(originals),
    reconstructions: encodeBytes(reconstructions),
  };
}

/** Before dequantisation rounds, so that the difference of the two shows the error of the inverse. */
async function reconstruct(whole: Flow, examples: ExampleSet, random: Random, tolerance: number) {
  const { dequantisation, flow } = continuousFlow(whole);
  const x = tensor(Float32Array.from(examples.values), [examples.count, ...examples.shape]);
  const context = { random, training: false } as const;
  const y = dequantisation ? dequantisation.forward(x, context) : x;
  try {
    const { x: back } = await flow.reconstruct(y, { random, tolerance });
    return { originals: Float32Array.from(await y.data()), reconstructions: await readAndDispose(back) };
  } finally {
    dispose(y === x ? [x] : [x, y]);
  }
}
