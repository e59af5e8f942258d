import { layersOf } from "@invertible/bijection";
import type { Call } from "@invertible/bijection";
import { dispose, scalar } from "@invertible/ops";
import type { Random, Tensor, Variable } from "@invertible/ops";
import type { Objective, SplitState, StepRequest, Training } from "@invertible/trainer";
import { writeProgram } from "../program.ts";
import type { Ports } from "../program.ts";
import type { Runtime, RuntimeArray } from "../runtime/runtime.ts";
import { inTurn } from "../trace/in-turn.ts";
import type { Recorder } from "../trace/record.ts";
import { recordingRandom } from "../trace/recording-random.ts";
import type { Draw, Loops } from "../trace/recording-random.ts";
import { readArray, writeTensor } from "./arrays.ts";
import { namesOf, numbered, tensorsOf } from "./native-carried.ts";
import type { NativeCarried } from "./native-carried.ts";

/** What a step is captured from. */
export interface CaptureRequest {
  readonly training: Training;
  /** The state of the eager engine, whose step is recorded. Afterwards it is as before. */
  readonly base: SplitState;
  readonly request: StepRequest;
  readonly from: NativeCarried;
  /** Whether the refresh after the step is part of it. */
  readonly refreshes: boolean;
  readonly runtime: Runtime;
  readonly threads: number;
  /** Loops whose length depends on the key are made at least this long. */
  readonly shortest: number;
}

/** A training step that runs natively. */
export interface CapturedStep {
  /** Whether it can make the step of this request. */
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

/** A step, or a part of one, as a native graph that is fed with the random numbers of a key. */
export interface StepGraph {
  run(
    random: Random,
    inputs: Readonly<Record<string, RuntimeArray>>,
  ): Promise<Readonly<Record<string, RuntimeArray>>>;
  /** Whether the graph is long enough for the loops of a key. */
  fits(random: Random): boolean;
  /** How long the longest loop has to be for a key. 0 where no length depends on the key. */
  longestLoop(random: Random): number;
  /** Whether the length of a loop depends on the key. */
  readonly hasLoops: boolean;
  release(): Promise<void>;
}

/** What the recorded part of a step works with. */
export interface Recorded {
  readonly ports: Ports;
  /** Declares the examples as inputs. Returns them as tensors that no other input shares. */
  examples(given: Examples): Promise<Examples>;
  /** Declares the numbers of the optimiser as inputs. */
  scalars(): Record<string, Tensor>;
  /** Declares everything carried as outputs. */
  carriedOutputs(): void;
  /** Hands over a tensor to be disposed of at the end. */
  own(tensor: Tensor): Tensor;
}

/** A batch or micro-batch, and how it is evaluated. */
export type Examples = Omit<StepRequest, "scalars">;

/**
 * Runs a part of a step on the active backend, records it, and opens it as a native graph. What it changes is put back.
 *
 * @param random the key of that part
 * @throws UnsupportedError for what cannot be recorded.
 */
export async function openGraph(
  capture: CaptureRequest,
  random: Random,
  part: (recorded: Recorded) => Promise<void>,
): Promise<StepGraph> {
  const { base, from, runtime, threads } = capture;
  const draws: Draw[] = [];
  const loops: Loops = { lengths: [], shortest: capture.shortest };
  const { lengths } = loops;
  try {
    const { model } = await inTurn(() => record(capture, { draws, loops, random }, part));
    const session = await runtime.open(model, { threads });
    return {
      async run(key, inputs) {
        const drawn = await Promise.all(draws.map(({ again }) => take(again(key))));
        return session.run({ ...inputs, ...numbered("draw", drawn) });
      },
      fits: (key) => lengths.every(({ given, needed }) => needed(key) <= given),
      longestLoop: (key) => Math.max(0, ...lengths.map(({ needed }) => needed(key))),
      hasLoops: lengths.length > 0,
      release: () => session.release(),
    };
  } finally {
    base.adopt(tensorsOf(from));
  }
}

/** What the random numbers of a recorded part follow from. */
interface Randomness {
  readonly draws: Draw[];
  readonly loops: Loops;
  readonly random: Random;
}

/** Records a part of a step, from tensors of its own so that no two inputs share an array. */
async function record(
  { training: { objective }, base, request, from }: CaptureRequest,
  { draws, loops, random: key }: Randomness,
  part: (recorded: Recorded) => Promise<void>,
) {
  const where = "captured";
  const owned: Tensor[] = [];
  const own = (t: Tensor): Tensor => {
    owned.push(t);
    return t;
  };
  try {
    return await writeProgram(where, async (ports) => {
      const { recorder, input, inputArray, output } = ports;
      const start = tensorsOf(from);
      for (const [name, tensor] of Object.entries(namesOf(start))) input(name, tensor);
      base.adopt(start);
      const random = recordingRandom(where, key, recorder, draws, loops, visitLayers(objective, recorder));
      const copy = async (name: string, t: Tensor): Promise<Tensor> => {
        const copied = own(writeTensor(await readArray(t)));
        input(name, copied);
        return copied;
      };
      await part({
        ports,
        own,
        async examples({ batch, target, call }) {
          const { condition, ...rest } = call;
          return {
            batch: await copy("batch", batch),
            target: target && (await copy("target", target)),
            call: {
              ...rest,
              random,
              ...(condition && { condition: await copy("condition", condition) }),
            } satisfies Call,
          };
        },
        scalars: () =>
          Object.fromEntries(
            Object.entries(request.scalars).map(([name, value]) => {
              const number = own(scalar(value as number));
              input(`scalar.${name}`, number);
              return [name, number];
            }),
          ),
        carriedOutputs() {
          const { parameters, slots, average } = base.carried;
          const states = Object.values<Variable>(objective.state);
          for (const [name, tensor] of Object.entries(namesOf({ parameters, slots, average, states })))
            output(`${name}'`, tensor);
        },
      });
      draws.forEach(({ array, shape }, i) => inputArray(`draw${i}`, array, shape));
    });
  } finally {
    dispose(owned);
  }
}

/** The examples as a graph takes them. */
export async function examplesInputs({
  batch,
  target,
  call,
}: Examples): Promise<Record<string, RuntimeArray>> {
  return {
    batch: await readArray(batch),
    ...(target && { target: await readArray(target) }),
    ...(call.condition && { condition: await readArray(call.condition) }),
  };
}

/** The numbers of the optimiser as a graph takes them. */
export function scalarInputs({ scalars }: StepRequest): Record<string, RuntimeArray> {
  return Object.fromEntries(
    Object.entries(scalars).map(([name, value]) => [
      `scalar.${name}`,
      { dtype: "float32", shape: [], data: Float32Array.of(value as number) },
    ]),
  );
}

/** The numbers of a tensor, which is freed. */
async function take(drawn: Tensor): Promise<RuntimeArray> {
  return readArray(drawn).finally(() => dispose(drawn));
}

/** Tells the recorder which layer a key was derived for. */
function visitLayers({ trunk, trunkKey }: Objective, recorder: Recorder): (path: string) => void {
  const names = new Map(
    layersOf(trunk, trunkKey).map(({ path, layer }) => [path, `${layer.name} (${path})`]),
  );
  return (path) => {
    const name = names.get(path);
    if (name !== undefined) recorder.visit(name);
  };
}
