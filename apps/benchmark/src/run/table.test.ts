import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../test-support/command.ts";
import { resultsSchema } from "../results/schema.ts";
import { tuningSchema } from "../tuning/tuning.ts";

/** A model that trains in no time. */
const shift = `
import { createFlow, standardNormal } from "@invertible/flow";
import { actNorm } from "@invertible/layers";

export default {
  title: "A shift and a scale",
  kinds: ["plane"],
  training: () => ({ steps: 3, optimizer: "adam", learningRate: 1e-2, finalRate: 0.02, checkpointEvery: 50 }),
  build: ({ shape }) => ({
    flow: createFlow({ bijection: actNorm({ inputShape: shape }), base: standardNormal({ shape }) }),
    architecture: {},
    logDet: "sum of log-scales",
  }),
};
`;

describe("tables and searches", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bench-table-"));
    writeModel("one.js");
    writeModel("two.js");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const results = () =>
    resultsSchema.parse(JSON.parse(readFileSync(join(folder, "results/toy/results.json"), "utf8")));

  it("a table trains for a time, and grows by a model", async () => {
    const models = ["--model", "one=./one.js", "--model", "two=./two.js"];
    const first = ["--models", "one", "--datasets", "moons", "--budget", "1s", "--engine", "eager"];
    const begun = await runCommand(["table", "toy", ...models, ...first], folder);
    expect({ ...begun, output: "" }).toEqual({ exitCode: 0, errors: "", output: "" });
    expect(begun.output).toContain("measuring the pace");
    const before = results();
    expect(before.jobs.map(({ name }) => name)).toEqual(["moons-one"]);
    expect(before.jobs[0]!.training.steps).toBeGreaterThan(3);

    const more = ["--models", "two", "--datasets", "moons"];
    const grown = await runCommand(["table", "toy", "--resume", ...more], folder);
    expect({ ...grown, output: "" }).toEqual({ exitCode: 0, errors: "", output: "" });
    const after = results();
    expect(after.jobs.map(({ name }) => name)).toEqual(["moons-one", "moons-two"]);
    expect(after.jobs[0]).toEqual(before.jobs[0]);
    expect(after.choices).toMatchObject({ models: ["one", "two"], budgetSeconds: 1 });

    const again = await runCommand(["table", "toy", "--resume"], folder);
    expect(again.output).toContain("This run is complete.");
    const other = await runCommand(["table", "toy", "--resume", "--budget", "2s"], folder);
    expect(other.errors).toBe(
      "--resume: expected --budget in seconds 1 as in the interrupted run, received 2 (leave it out, or start over with --fresh)\n",
    );
  }, 300_000);

  it("a search looks at a part of the training examples and writes its log", async () => {
    const options = [
      "--model",
      "one=./one.js",
      "--models",
      "one",
      "--datasets",
      "moons",
      "--rates",
      "0.01,10",
    ];
    const search = await runCommand(["tune", "quick", ...options, "--engine", "eager"], folder);
    expect({ ...search, output: "" }).toEqual({ exitCode: 0, errors: "", output: "" });
    const at = join(folder, "results/tune-quick");
    const [found] = tuningSchema.parse(JSON.parse(readFileSync(join(at, "tuning.json"), "utf8"))).models;
    expect(found?.trials.map(({ learningRate }) => learningRate)).toEqual([0.01, 10]);
    expect(found?.best.learningRate).toBe(0.01);
    const { jobs } = resultsSchema.parse(JSON.parse(readFileSync(join(at, "results.json"), "utf8")));
    // A tenth of 50,000, which is fewer than the 10,000 of the test set.
    expect(jobs[0]!.examples).toMatchObject({ train: 45_000, test: 5000 });
    const other = await runCommand(["tune", "quick", "--resume", "--rates", "0.02"], folder);
    expect(other.errors).toMatch(/^--resume: expected --grid \{"learningRates":\[0.01,10\]/);
  }, 300_000);

  function writeModel(name: string) {
    writeFileSync(join(folder, name), shift);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  }
});
