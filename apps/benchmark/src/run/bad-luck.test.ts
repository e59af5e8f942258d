import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkPlanHolds, makePlan } from "../cli/plan.ts";
import { UsageError } from "../cli/usage-error.ts";
import { comparableResults, runCommand, startCommand, until } from "../../test-support/command.ts";
import { beginRun } from "./folder.ts";
import { takeFolder } from "./take-folder.ts";

// Recording a step would take longer than making two.
const small = ["--datasets", "moons", "--models", "glow", "--steps", "2", "--engine", "eager"];
const isCheckpoint = (name: string) => name.endsWith(".safetensors") && !name.startsWith(".");
const onLinux = process.platform === "linux";

describe("bad luck", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "bench-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("a reader of the output that leaves after the first line does not end a run, in a folder of any name", async () => {
    const out = join(folder, "Ergebnisse für 流れ & 'co'");
    const command = startCommand([...small, "--out", out], folder);
    command.process.stdout!.once("data", () => command.process.stdout!.destroy());
    command.process.stderr!.destroy();
    expect((await command.ended).exitCode).toBe(0);
    expect(readdirSync(out).sort()).toEqual([
      "checkpoints",
      "jobs",
      "report.html",
      "results.json",
      "run.json",
      "tables.md",
      "tables.tex",
    ]);
    expect(comparableResults(out)).toMatchObject({ jobs: [{ name: "moons-glow" }] });
  });

  it.runIf(onLinux)("a full disk below the output changes no exit code", async () => {
    const full = openSync("/dev/full", "w");
    try {
      for (const [commandLine, expected] of [
        [["--help"], 0],
        [["--seed", "x"], 2],
      ] as const)
        expect((await startCommand(commandLine, folder, full).ended).exitCode).toBe(expected);
    } finally {
      closeSync(full);
    }
  });

  it("a folder that is removed meanwhile ends the run with one line, and is not brought back", async () => {
    const long = ["--datasets", "moons", "--models", "glow,i-resnet", "--steps", "100000", "--jobs", "1"];
    const command = startCommand([...long, "--checkpoint-every", "20", "--out", "out"], folder);
    const checkpoints = join(folder, "out", "checkpoints");
    await until(() => existsSync(checkpoints) && readdirSync(checkpoints).some(isCheckpoint), command);
    renameSync(join(folder, "out"), join(folder, "gone"));
    const { exitCode, errors } = await command.ended;
    expect(errors).toMatch(
      /^--out: expected .*out to stay until the run ends, but it was removed or moved meanwhile\n$/,
    );
    expect(exitCode).toBe(1);
    expect(readdirSync(folder)).toEqual(["gone"]);
  });

  it.runIf(onLinux)("a read-only disk is named in one line, with exit code 2", async () => {
    // Not even root can make a folder there.
    const { exitCode, errors } = await runCommand([...small, "--out", "/sys/röm isch"], folder);
    expect(errors).toMatch(
      /^--out: expected a folder that can be written to, received \/sys\/röm isch \(E[A-Z]+: [^\n]+\)\n$/,
    );
    expect(exitCode).toBe(2);
  });

  it.runIf(onLinux)("a device is no folder", async () => {
    for (const path of ["/dev/full", "/dev/full/below"]) {
      const { exitCode, errors } = await runCommand([...small, "--out", path], folder);
      expect(errors).toMatch(/^--out: expected a folder, received \/dev\/full[^\n]+ a file\n$/);
      expect(exitCode).toBe(2);
    }
  });

  it.skipIf(process.getuid?.() === 0)("a folder without permission is named", async () => {
    const closed = join(folder, "closed");
    mkdirSync(closed);
    chmodSync(closed, 0o555);
    for (const path of [closed, join(closed, "below")]) {
      const error: unknown = await takeFolder(path).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toContain(
        `expected a folder that can be written to, received ${path} (EACCES`,
      );
    }
  });

  it("a run that ended between the look and the lock keeps its results", async () => {
    const plan = await makePlan({ out: join(folder, "out"), datasets: ["moons"], models: ["glow"] });
    if (plan.kind !== "start") throw new Error("expected a start");
    await checkPlanHolds(plan);
    mkdirSync(plan.folder);
    await beginRun(plan.folder, plan.record);
    await expect(checkPlanHolds(plan)).rejects.toThrow("where another run worked a moment ago");
  });
}, 300_000);
