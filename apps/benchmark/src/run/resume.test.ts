import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { comparableResults, runCommand, startCommand, until } from "../../test-support/command.ts";
import type { Command } from "../../test-support/command.ts";

/** The catalogue's i-ResNet with a third of its blocks, so that recording a step does not take most of the time. */
const model = `
import { exactLogDet } from "@invertible/log-det";
import { vectorIResNet } from "@invertible/models";

export default {
  title: "A small i-ResNet",
  kinds: ["plane"],
  training: () => ({ steps: 24, optimizer: "adam", learningRate: 1e-2, finalRate: 0.02, checkpointEvery: 400 }),
  build: ({ shape, random }) => ({
    flow: vectorIResNet({
      ...{ features: shape[0], random, blocks: 8, hidden: [128], coefficient: 0.98, activation: "sin" },
      logDet: exactLogDet(),
    }),
    architecture: { blocks: 8, hidden: [128] },
    logDet: "determinant of the whole Jacobian",
  }),
};
`;
const ours = ["--model", "small=./small.js", "--models", "small"];
// More than a fast machine makes before the second kill.
const choices = ["--datasets", "moons", ...ours, "--steps", "72", "--seed", "7"];
const often = ["--checkpoint-every", "3"];

describe("an interrupted run", () => {
  let folder: string;
  let wholeMilliseconds = 0;
  const at = (...parts: string[]) => join(folder, ...parts);
  const checkpointOf = (run: string) => at(run, "checkpoints", "moons-small.safetensors");
  const lastWrite = (path: string) => (existsSync(path) ? statSync(path).mtimeMs : 0);
  /** Waits for a checkpoint of this very process, and a random while longer. */
  const somewhereInTraining = async (run: string, command: ReturnType<typeof startCommand>) => {
    const before = lastWrite(checkpointOf(run));
    await until(() => lastWrite(checkpointOf(run)) > before, command);
    await new Promise((resolve) => setTimeout(resolve, 150 * Math.random()));
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "bench-"));
    writeFileSync(at("small.js"), model);
    writeFileSync(at("package.json"), '{ "type": "module" }');
    const started = performance.now();
    const { exitCode, errors } = await runCommand([...choices, "--out", "whole"], folder);
    wholeMilliseconds = performance.now() - started;
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("leaves a complete folder when nothing interrupts it", () => {
    expect(readdirSync(at("whole")).sort()).toEqual([
      "checkpoints",
      "jobs",
      "report.html",
      "results.json",
      "run.json",
      "tables.md",
      "tables.tex",
    ]);
    expect(readdirSync(at("whole", "jobs"))).toEqual(["moons-small.json"]);
    const report = readFileSync(at("whole", "report.html"), "utf8");
    expect(report.slice(-20)).toContain("</html>");
  });

  it("ends with the same numbers after kills in training and in the evaluation, and does nothing twice", async () => {
    const run = ["--out", "killed", ...often];
    const moments: ((command: Command) => Promise<void>)[] = [
      (command) => somewhereInTraining("killed", command),
      (command) => somewhereInTraining("killed", command),
      (command) => until(() => command.output().includes("inverting"), command),
      (command) => until(() => command.output().includes("sampling"), command),
    ];
    const outputs: string[] = [];
    for (const [kill, moment] of moments.entries()) {
      const command = startCommand(kill === 0 ? [...choices, ...run] : ["--resume", ...run], folder);
      await moment(command);
      command.process.kill("SIGKILL");
      outputs.push((await command.ended).output);
      expect(existsSync(at("killed", "results.json"))).toBe(false);
    }
    const { exitCode, errors, output } = await runCommand(["--resume", ...run], folder);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
    expect(comparableResults(at("killed"))).toEqual(comparableResults(at("whole")));
    expect(outputs[2]).toMatch(/training[^]*evaluating/);
    expect(outputs[3]).not.toMatch(/training|evaluating/);
    const [progress] = output.split("Density estimation");
    expect(progress).toContain("sampling");
    expect(progress).not.toMatch(/training|evaluating|inverting/);
    // What was measured stands in the results now.
    expect(readdirSync(at("killed", "checkpoints"))).toEqual(["moons-small.safetensors"]);
  });

  // INVERTIBLE_LONG_TESTS=1: at moments that nothing chose, from the first to the last of a run.
  it.runIf(process.env["INVERTIBLE_LONG_TESTS"] === "1")(
    "ends with the same numbers whenever it is killed",
    async () => {
      const options = [...choices, "--checkpoint-every", "1", "--out", "any"];
      const kills = Number(process.env["INVERTIBLE_KILLS"] ?? 50);
      let [killed, finished] = [0, 0];
      for (let begun = false; killed < kills || begun;) {
        const command = startCommand(
          begun ? ["--resume", "--checkpoint-every", "1", "--out", "any"] : options,
          folder,
        );
        // A start that was killed before it wrote anything leaves nothing to resume.
        const kill =
          killed < kills &&
          setTimeout(() => command.process.kill("SIGKILL"), wholeMilliseconds * Math.random());
        const { exitCode, errors, output } = await command.ended;
        if (kill !== false) clearTimeout(kill);
        begun = existsSync(at("any", "run.json"));
        if (exitCode === null) {
          killed++;
          continue;
        }
        expect({ exitCode, errors, output }).toMatchObject({ exitCode: 0, errors: "" });
        expect(comparableResults(at("any"))).toEqual(comparableResults(at("whole")));
        rmSync(at("any"), { recursive: true });
        [finished, begun] = [finished + 1, false];
      }
      console.log(`${killed} kills, ${finished} runs finished, all equal`);
    },
    3_600_000,
  );

  it("stops on Ctrl-C with a checkpoint, refuses to mix or lose results, and goes on to the same numbers", async () => {
    const command = startCommand([...choices, "--out", "stopped", ...often], folder);
    await somewhereInTraining("stopped", command);
    command.process.kill("SIGINT");
    const { exitCode, errors } = await command.ended;
    expect(exitCode).toBe(130);
    expect(errors).toContain("To go on: npm run bench -- --resume --out stopped\n");
    expect(existsSync(checkpointOf("stopped"))).toBe(true);
    expect(existsSync(at("stopped", "run.lock"))).toBe(false);

    const [otherSeed, notResumed] = await Promise.all([
      runCommand(["--resume", "--seed", "8", "--out", "stopped"], folder),
      runCommand([...choices, "--out", "stopped"], folder),
    ]);
    expect(otherSeed).toMatchObject({ exitCode: 2, output: "" });
    expect(otherSeed.errors).toBe(
      "--resume: expected --seed 7 as in the interrupted run, received 8 (leave it out, or start over with --fresh)\n",
    );
    expect(notResumed).toMatchObject({ exitCode: 2, output: "" });
    expect(notResumed.errors).toMatch(
      /^--out: expected no interrupted run, received .*--resume.*--fresh.*\n$/,
    );

    expect((await runCommand(["--resume", "--out", "stopped"], folder)).exitCode).toBe(0);
    expect(comparableResults(at("stopped"))).toEqual(comparableResults(at("whole")));
  });

  it("is finished once: resuming again trains nothing and shows the table", async () => {
    const { exitCode, output } = await runCommand(["--resume", "--out", "whole"], folder);
    expect(exitCode).toBe(0);
    expect(output).toContain("This run is complete.");
    expect(output).toContain("small");
  });
}, 900_000);
