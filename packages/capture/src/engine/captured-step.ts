import { layersOf } from "@invertible/bijection";
import type { Flow } from "@invertible/flow";
import { dispose, scalar } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import type { StepRequest, Training, TrainingState } from "@invertible/trainer";
import { writeProgram } from "../program.ts";
import type { Runtime, RuntimeArray } from "../runtime/runtime.ts";
import { inTurn } from "../trace/in-turn.ts";
import type { Recorder } from "../trace/record.ts";
import { recordingRandom } from "../trace/recording-random.ts";
import type { Draw, Loops } from "../trace/recording-random.ts";
import { readArray, writeTensor } from "./arrays.ts";

/** Everything that a step changes, as the runtime holds it. */
export interface NativeCarried {
  readonly parameters: RuntimeArray;
  readonly slots: readonly RuntimeArray[];
  readonly average?: RuntimeArray | undefined;
  readonly states: readonly RuntimeArray[];
}

/** A training step as a native graph. */
export interface CapturedStep {
  /** Whether the graph can make the step of this request. */
  fits(request: StepRequest): boolean;
  /** How long the longest loop has to be for a request. 0 where no length depends on the key. */
  longestLoop(request: StepRequest): number;
  /** Makes a step. The caller disposes of the report. */
  run(
    request: StepRequest,
    from: NativeCarried,
  ): Promise<{ readonly report: Tensor; readonly carried: NativeCarried }>;
  release(): Promise<void>;
}

/** What a step is captured from. */
export interface CaptureRequest {
  readonly training: Training;
  /** The state of the eager engine, whose step is recorded. Afterwards it is as before. */
  readonly base: TrainingState;
  readonly request: StepRequest;
  readonly from: NativeCarried;
  /** Whether the refresh after the step is part of it. */
  readonly refreshes: boolean;
  readonly runtime: Runtime;
  readonly threads: number;
  /** Loops whose length depends on the key are made at least this long. */
  readonly shortest: number;
}

/**
 * Makes one step on the active backend, records it, and opens it as a native graph. Nothing is left of that step: the next one starts
 * from where this one did.
 *
 * @throws UnsupportedError for a step that cannot be recorded.
 */
export async function captureStep(capture: CaptureRequest): Promise<CapturedStep> {
  const { base, request, from, runtime, threads } = capture;
  const shapes = shapesOf(request);
  try {
    const log: StepLog = { draws: [], loops: { lengths: [], shortest: capture.shortest } };
    const { model } = await inTurn(() => record(capture, log));
    const {
      draws,
      loops: { lengths },
    } = log;
    const fits = ({ call }: StepRequest) =>
      lengths.every(({ given, needed }) => needed(call.random!) <= given);
    const session = await runtime.open(model, { threads });
    return {
      fits: (other) => shapesOf(other) === shapes && fits(other),
      longestLoop: ({ call }) => Math.max(0, ...lengths.map(({ needed }) => needed(call.random!))),
      async run({ batch, call, scalars }, carried) {
        const random = call.random!;
        const drawn = await Promise.all(draws.map(({ again }) => take(again(random))));
        const results = await session.run({
          parameters: carried.parameters,
          ...numbered("slot", carried.slots),
          ...(carried.average && { average: carried.average }),
          ...numbered("state", carried.states),
          ...numbered("draw", drawn),
          batch: await readArray(batch),
          ...(call.condition && { condition: await readArray(call.condition) }),
          ...Object.fromEntries(
            Object.entries(scalars).map(([name, value]) => [`scalar.${name}`, oneNumber(value as number)]),
          ),
        });
        return {
          report: writeTensor(results["report"]!),
          carried: {
            parameters: results["parameters'"]!,
            slots: carried.slots.map((_, i) => results[`slot${i}'`]!),
            average: carried.average && results["average'"]!,
            states: carried.states.map((_, i) => results[`state${i}'`]!),
          },
        };
      },
      release: () => session.release(),
    };
  } finally {
    base.adopt({
      parameters: writeTensor(from.parameters),
      slots: from.slots.map(writeTensor),
      ...(from.average && { average: writeTensor(from.average) }),
      states: from.states.map(writeTensor),
    });
  }
}

/** What the random numbers of a recorded step follow from. */
interface StepLog {
  readonly draws: Draw[];
  readonly loops: Loops;
}

/** Records the step, from tensors of its own so that no two inputs share an array. */
async function record(
  { training, base, request, from, refreshes }: CaptureRequest,
  { draws, loops }: StepLog,
) {
  const { flow } = training;
  const where = "captured";
  const own: Tensor[] = [];
  const copy = async (t: Tensor): Promise<Tensor> => {
    own.push(writeTensor(await readArray(t)));
    return own.at(-1)!;
  };
  try {
    const batch = await copy(request.batch);
    const condition = request.call.condition && (await copy(request.call.condition));
    return await writeProgram(where, async ({ recorder, input, inputArray, output }) => {
      const start = {
        parameters: writeTensor(from.parameters),
        slots: from.slots.map(writeTensor),
        ...(from.average && { average: writeTensor(from.average) }),
        states: from.states.map(writeTensor),
      };
      input("parameters", start.parameters);
      start.slots.forEach((slot, i) => input(`slot${i}`, slot));
      if (start.average) input("average", start.average);
      start.states.forEach((state, i) => input(`state${i}`, state));
      input("batch", batch);
      if (condition) input("condition", condition);
      const scalars = Object.fromEntries(
        Object.entries(request.scalars).map(([name, value]) => {
          const number = scalar(value as number);
          own.push(number);
          input(`scalar.${name}`, number);
          return [name, number];
        }),
      );
      base.adopt(start);
      const random = recordingRandom(
        where,
        request.call.random!,
        recorder,
        draws,
        loops,
        visitLayers(flow, recorder),
      );
      const report = await base.step({
        batch,
        call: { ...request.call, random, ...(condition && { condition }) },
        scalars,
      });
      own.push(report);
      if (refreshes) await base.refresh();
      draws.forEach(({ array, shape }, i) => inputArray(`draw${i}`, array, shape));
      const { parameters, slots, average } = base.carried;
      output("report", report);
      output("parameters'", parameters);
      slots.forEach((slot, i) => output(`slot${i}'`, slot));
      if (average) output("average'", average);
      Object.values<Variable>(flow.state).forEach((state, i) => output(`state${i}'`, state));
    });
  } finally {
    dispose(own);
  }
}

/** The numbers of a tensor, which is freed. */
async function take(drawn: Tensor): Promise<RuntimeArray> {
  return readArray(drawn).finally(() => dispose(drawn));
}

function numbered(name: string, arrays: readonly RuntimeArray[]): Record<string, RuntimeArray> {
  return Object.fromEntries(arrays.map((array, i) => [`${name}${i}`, array]));
}

const oneNumber = (value: number): RuntimeArray => ({
  dtype: "float32",
  shape: [],
  data: Float32Array.of(value),
});

/** Tells the recorder which layer a key was derived for. */
function visitLayers({ bijection }: Flow, recorder: Recorder): (path: string) => void {
  const names = new Map(
    layersOf(bijection, "bijection").map(({ path, layer }) => [path, `${layer.name} (${path})`]),
  );
  return (path) => {
    const name = names.get(path);
    if (name !== undefined) recorder.visit(name);
  };
}

function shapesOf({ batch, call }: StepRequest): string {
  return JSON.stringify([batch.shape, call.condition?.shape]);
}
