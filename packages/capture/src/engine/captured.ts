import { UnsupportedError, checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { clone, keep, tidy, watchVariables } from "@invertible/ops";
import type { Variable } from "@invertible/ops";
import { eager } from "@invertible/trainer";
import type { Engine, StepRequest, Training, TrainingState } from "@invertible/trainer";
import { loadOnnxruntimeNode } from "../runtime/onnxruntime-node.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { captureStep } from "./captured-step.ts";
import type { CapturedStep } from "./step-graph.ts";
import type { NativeCarried } from "./native-carried.ts";
import { readArray, writeTensor } from "./arrays.ts";

/** Options of `captured`. */
export interface CapturedOptions {
  /**
   * Number of threads of each operation. Default 1, so that runs are the same on every machine.
   * Resuming with another number is refused, because sums may then be added up in another order.
   */
  readonly threads?: number;
  /**
   * Called with the reason where a step cannot be captured. Its steps are then made by the eager engine. Default: the error is thrown.
   */
  readonly onRefusal?: (reason: UnsupportedError) => void;
}

/** The most graphs that are kept for one training. Each holds the memory of a step. */
const mostSteps = 4;

/**
 * Makes the engine that runs each training step as one native graph, for `train({ engine: captured() })`. It is for Node, and
 * needs the package onnxruntime-node, which is an optional peer.
 *
 * At the first step, one step is recorded on the active backend of TensorFlow.js ("wasm" or "cpu"): forward pass, gradient, clipping,
 * update of the optimiser, average, and `refresh` of spectral norms. The recording is written as an ONNX graph, and every step
 * runs it: parameters, slots, state, batch and noise go in, and new ones come out. Losses agree with those of the backend to about
 * 1e-5, relative. The variables of the model are set before every event of `train`.
 *
 * `train` throws an UnsupportedError where onnxruntime-node is absent or of an unknown version, and at the first step for a model that
 * cannot be recorded, with the reason.
 *
 * @throws ArgumentError for a number of threads that is not a positive integer.
 */
export function captured(options: CapturedOptions = {}): Engine {
  checkOptions("captured", options, { threads: "optional", onRefusal: "optional" });
  const { threads = 1, onRefusal } = options;
  checkPositiveInteger("captured.threads", threads);
  let runtime: Runtime | undefined;
  return Object.freeze({
    name: "captured",
    async prepare() {
      runtime ??= await loadOnnxruntimeNode("captured");
      return { runtime: `${runtime.name} ${runtime.version}`, threads };
    },
    start: (training: Training) =>
      startCaptured(training, {
        runtime: runtime ?? fail("captured.start", "a call of prepare before", "none"),
        threads,
        onRefusal,
      }),
  });
}

interface Settings {
  readonly runtime: Runtime;
  readonly threads: number;
  readonly onRefusal: CapturedOptions["onRefusal"];
}

/**
 * How long loops are made whose length depends on the random key, such as the series of a Russian roulette. What a step does not need
 * is skipped, so a long loop costs a larger graph but hardly more time. A step with a longer one needs a new graph. With the usual law,
 * P(N >= k) = 0.75^k, one of 14 blocks goes beyond 16 terms in every fifth step, and beyond 32 in one of 400.
 */
const shortestLoop = 32;

function startCaptured(training: Training, { runtime, threads, onRefusal }: Settings): TrainingState {
  const { backward, refresh, objective } = training;
  const base = eager().start(training);
  const states = Object.values<Variable>(objective.state);
  const refreshes = refresh.iterations !== undefined;
  const steps: CapturedStep[] = [];
  /** What the next step starts from, where it is known natively. */
  let native: NativeCarried | undefined;
  /** Whether the variables of the model are behind `native`. The vectors of `base` may be behind whenever `native` is there. */
  let behind = false;
  let unchanged = () => false;
  /** Whether the steps cannot be captured. */
  let refused = false;

  const watch = () => {
    unchanged = watchVariables([...base.layout.variables, ...states]);
  };
  const load = async (): Promise<NativeCarried> => {
    if (native !== undefined && (behind || unchanged())) return native;
    const { parameters, slots, average, states: present = states } = base.carried;
    watch();
    native = {
      parameters: await readArray(parameters),
      // Nobody but training changes slots, so those of the last step are right although a variable was assigned to.
      slots: native?.slots ?? (await Promise.all(slots.map(readArray))),
      average: average && (await readArray(average)),
      states: await Promise.all(present.map(readArray)),
    };
    return native;
  };
  /** Sets the variables of the model, and the average. The vectors of `base` follow only when somebody asks for them. */
  const sync = (): void => {
    if (!behind || native === undefined) return;
    const { parameters, states: values, average } = native;
    const { variables, entries } = base.layout;
    tidy(() => {
      entries.forEach(({ shape, offset, size }, i) => {
        const data = parameters.data.subarray(offset, offset + size);
        variables[i]!.assign(writeTensor({ dtype: "float32", shape, data }));
      });
      states.forEach((state, i) => state.assign(writeTensor(values[i]!)));
    });
    if (average) training.averaging!.replace(keep(writeTensor(average)));
    behind = false;
    watch();
  };
  /** Makes `base` the one that knows. */
  const handBack = (): void => {
    sync();
    if (native === undefined) return;
    const { parameters, states: values, average } = base.carried;
    base.adopt({
      parameters: clone(parameters),
      slots: native.slots.map(writeTensor),
      ...(average && { average: clone(average) }),
      ...(values && { states: values.map((value) => clone(value)) }),
    });
    native = undefined;
  };
  const stepFor = async (request: StepRequest, from: NativeCarried): Promise<CapturedStep> => {
    if (backward === "reversible")
      throw new UnsupportedError(
        `captured: expected backward: "whole" or "checkpointed", received "reversible", whose inverses look at numbers`,
      );
    const known = steps.findIndex((step) => step.fits(request));
    const longest = Math.max(0, ...steps.map((step) => step.longestLoop(request)));
    const step =
      known >= 0
        ? steps.splice(known, 1)[0]!
        : await captureStep({
            training,
            base,
            request,
            from,
            refreshes,
            runtime,
            threads,
            shortest: Math.max(shortestLoop, 2 ** Math.ceil(Math.log2(longest + 1))),
          });
    steps.push(step);
    if (steps.length > mostSteps) await steps.shift()!.release();
    return step;
  };

  return {
    layout: base.layout,
    get carried() {
      handBack();
      return base.carried;
    },
    begin() {
      base.begin();
      native = undefined;
    },
    async step(request) {
      if (refused) return base.step(request);
      const from = await load();
      let step: CapturedStep;
      try {
        step = await stepFor(request, from);
      } catch (error) {
        if (onRefusal === undefined || !UnsupportedError.is(error)) throw error;
        refused = true;
        handBack();
        onRefusal(error);
        return base.step(request);
      }
      const { report, carried } = await step.run(request, from);
      native = carried;
      behind = true;
      return report;
    },
    async refresh() {
      if (refreshes && !refused) return;
      sync();
      await base.refresh();
    },
    async snapshot() {
      if (refused) return base.snapshot();
      const saved = await load();
      return {
        restore() {
          native = saved;
          behind = true;
        },
        dispose() {},
      };
    },
    sync() {
      sync();
      return Promise.resolve();
    },
    adopt(carried) {
      base.adopt(carried);
      [native, behind] = [undefined, false];
    },
    dispose() {
      for (const step of steps.splice(0)) void step.release();
      base.dispose();
    },
  };
}
