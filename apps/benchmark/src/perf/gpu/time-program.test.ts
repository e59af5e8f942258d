import { describe, expect, it } from "vitest";
import type { LineProcess } from "../processes/line-process.ts";
import { timeProgram } from "./time-program.ts";

type Answer = object | Error | "never";

/** A process with prepared answers to its requests, in order. The last answer is given to all requests after it. */
function prepared(...answers: readonly Answer[]) {
  const requests: string[] = [];
  let stopped = 0;
  const process: LineProcess = {
    request: (name) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)]!;
      requests.push(name);
      if (answer === "never") return new Promise(() => {});
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as never);
    },
    stop: () => {
      stopped++;
      return Promise.resolve();
    },
  };
  return { process, requests, stopped: () => stopped };
}

const loaded = { parameters: 7 };
const step = (milliseconds: number, loss = 1) => ({ milliseconds, loss });

const time = ({ process }: { process: LineProcess }, seconds = 60, timedSteps = 3) =>
  timeProgram(
    { start: () => process, details: {}, step: "step" },
    { seconds, untimedSteps: 2, timedSteps, afterLoad: async () => {} },
  );

describe("timeProgram", () => {
  it("leaves out the steps that warm up, and ends the process", async () => {
    const program = prepared(
      ...[loaded, step(900), step(800), step(30), step(10), step(20)],
      ...[{ gpuPeakBytes: 5 }],
    );
    const times = await time(program);
    expect(times).toMatchObject({
      milliseconds: { minimum: 10, median: 20 },
      ...{ timedSteps: 3, gpuPeakBytes: 5, lastLoss: 1 },
    });
    expect(program.requests).toEqual(["load", "step", "step", "step", "step", "step", "end"]);
    expect(program.stopped()).toBe(1);
  });

  it("counts the steps that fit, where the time is up", async () => {
    const program = prepared(loaded, step(900), step(800), step(30), "never");
    expect(await time(program, 0.05)).toMatchObject({ timedSteps: 1, gpuPeakBytes: null });
    expect(program.stopped()).toBe(1);
  });

  it.each([
    ["loaded no network", ["never"]],
    ["made no step", [loaded, "never"]],
    ["made no more than untimed steps", [loaded, step(1), "never"]],
  ] as [string, Answer[]][])("says that it %s, where no step fits", async (what, answers) => {
    const program = prepared(...answers);
    expect(await time(program, 0.05)).toEqual({
      skipped: `it ${what} in its 0 s of the time budget`,
      late: true,
    });
    expect(program.stopped()).toBe(1);
  });

  it.each([
    ["its last words", [loaded, new Error("CUDA out of memory")], "CUDA out of memory"],
    ["a loss that is no number", [loaded, step(1, NaN)], "expected a finite loss, received NaN"],
  ] as [string, Answer[], string][])("gives %s as the reason", async (_, answers, skipped) => {
    expect(await time(prepared(...answers))).toEqual({ skipped, late: false });
  });
});
