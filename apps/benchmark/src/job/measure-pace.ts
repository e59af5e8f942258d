import { disposeModel } from "@invertible/flow";
import { train } from "@invertible/trainer";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { TrainingStage } from "../catalogue/training-stage.ts";
import { speedOf, stepsWithin } from "../results/pace.ts";
import type { Pace } from "../results/pace.ts";
import { writeOnce } from "../run/atomic-file.ts";
import type { Answer } from "../run/messages.ts";
import { openJob } from "./open-job.ts";
import type { JobRequest, PaceRequest } from "./request.ts";
import { stagesOf, variablesOf } from "./built-model.ts";
import { stageOptions } from "./train-model.ts";

/** Steps that are not counted: the first ones allocate, and compile where there is something to compile. */
const warmUpSteps = 2;
/** What is measured: at least so many steps, for at least this share of the budget and so long, unless a quarter is spent. */
const fewestSteps = 10;
const share = 0.04;
const leastSeconds = 2;
const mostShare = 0.25;

/**
 * Trains the job's model for a short while and writes how many steps its time budget holds. The model is thrown away. Other jobs
 * run beside this one as they will beside the training, so both see the same load.
 */
export async function measurePace(
  request: JobRequest,
  { budgetSeconds, path }: PaceRequest,
  catalogue: Catalogue,
  tell: (answer: Answer) => void,
  signal: AbortSignal,
): Promise<Answer> {
  const open = await openJob(request, catalogue);
  try {
    let total = { startUpSeconds: 0, millisecondsPerStep: 0, measuredSteps: 0 };
    for (const stage of stagesOf(open.model)) {
      const speed = await paceOfStage({ ...open, request, signal }, stage, budgetSeconds * stage.share, tell);
      if ("kind" in speed) return speed;
      total = {
        startUpSeconds: total.startUpSeconds + speed.startUpSeconds,
        millisecondsPerStep: total.millisecondsPerStep + stage.share * speed.millisecondsPerStep,
        measuredSteps: total.measuredSteps + speed.measuredSteps,
      };
    }
    const pace: Pace = {
      format: "invertible-benchmark-pace/1",
      budgetSeconds,
      ...total,
      steps: stepsWithin(budgetSeconds, total),
    };
    // Several machines may measure at the same time. All train for as many steps as the first one found.
    await writeOnce(path, JSON.stringify(pace));
    return { kind: "finished" };
  } finally {
    disposeModel(variablesOf(open.model));
  }
}

/** How fast the steps of one stage are, or that it was stopped. */
async function paceOfStage(
  given: Parameters<typeof stageOptions>[0],
  stage: TrainingStage,
  budgetSeconds: number,
  tell: (answer: Answer) => void,
): Promise<ReturnType<typeof speedOf> | Answer> {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const { steps } = given.request.training;
  const events = train(await stageOptions(given, stage, steps, () => {}));
  let startUpSeconds = 0;
  const measured: number[] = [];
  for await (const event of events) {
    if (event.kind === "end" && event.reason !== "finished") return { kind: "stopped", step: event.step };
    if (event.kind !== "step") continue;
    if (event.step <= warmUpSteps) startUpSeconds = elapsed();
    else measured.push(event.milliseconds);
    const spent = elapsed();
    tell({
      kind: "progress",
      phase: "measuring the pace",
      done: event.step,
      total: warmUpSteps + fewestSteps,
    });
    const enough =
      measured.length >= fewestSteps &&
      spent - startUpSeconds >= Math.max(leastSeconds, share * budgetSeconds);
    if (enough || (measured.length > 0 && spent > mostShare * budgetSeconds)) break;
  }
  // A model of very few steps may have ended before.
  return speedOf(measured.length > 0 ? measured : [(1000 * elapsed()) / steps], startUpSeconds);
}
