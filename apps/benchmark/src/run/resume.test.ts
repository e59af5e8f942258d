import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { comparableResults, runCommand, startCommand, until } from "../../test-support/command.ts";

const choices = ["--datasets", "moons", "--models", "i-resnet", "--steps", "24", "--seed", "7"];
const often = ["--checkpoint-every", "3"];

describe("an interrupted run", () => {
  let folder: string;
  const at = (...parts: string[]) => join(folder, ...parts);
  const checkpointOf = (run: string) => at(run, "checkpoints", "moons-i-resnet.safetensors");
  const lastWrite = (path: string) => (existsSync(path) ? statSync(path).mtimeMs : 0);
  /** Waits for a checkpoint of this very process, and a random while longer. */
  const somewhereInTraining = async (run: string, command: ReturnType<typeof startCommand>) => {
    const before = lastWrite(checkpointOf(run));
    await until(() => lastWrite(checkpointOf(run)) > before, command);
    await new Promise((resolve) => setTimeout(resolve, 150 * Math.random()));
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "bench-"));
    const { exitCode, errors } = await runCommand([...choices, "--out", "whole"], folder);
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
    ]);
    expect(readdirSync(at("whole", "jobs"))).toEqual(["moons-i-resnet.json"]);
    const report = readFileSync(at("whole", "report.html"), "utf8");
    expect(report.slice(-20)).toContain("</html>");
  });

  it("ends with the same numbers after three kills at random moments", async () => {
    const run = ["--out", "killed", ...often];
    for (let kill = 0; kill < 3; kill++) {
      const command = startCommand(kill === 0 ? [...choices, ...run] : ["--resume", ...run], folder);
      await somewhereInTraining("killed", command);
      command.process.kill("SIGKILL");
      await command.ended;
      expect(existsSync(at("killed", "results.json"))).toBe(false);
    }
    const { exitCode, errors } = await runCommand(["--resume", ...run], folder);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
    expect(comparableResults(at("killed"))).toEqual(comparableResults(at("whole")));
  });

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
    expect(output).toContain("i-resnet");
  });
}, 900_000);
