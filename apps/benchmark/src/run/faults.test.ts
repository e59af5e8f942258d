import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../test-support/command.ts";

describe("a command that cannot work", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "bench-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Expects one line on the error stream, exit code 2, and nothing new on disk. */
  async function complaint(...commandLine: string[]): Promise<string> {
    const before = readdirSync(folder, { recursive: true });
    const { exitCode, output, errors } = await runCommand(commandLine, folder);
    expect({ exitCode, output }).toEqual({ exitCode: 2, output: "" });
    expect(errors).toMatch(/^[^\n]+\n$/);
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
    return errors.trim();
  }

  it("names a missing data folder", async () => {
    const message = await complaint("--preset", "mnist", "--data", "nowhere");
    expect(message).toContain(join(folder, "nowhere"));
  });

  it("names what is missing in a data folder", async () => {
    mkdirSync(join(folder, "empty"));
    expect(await complaint("--preset", "mnist", "--data", "empty")).toContain("train-images-idx3-ubyte");
  });

  it("names the damaged file of a data folder", async () => {
    mkdirSync(join(folder, "damaged"));
    for (const part of ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"])
      writeFileSync(join(folder, "damaged", `${part}-ubyte.gz`), "not gzip");
    expect(await complaint("--preset", "mnist", "--data", "damaged")).toMatch(/damaged.*-ubyte\.gz/);
  });

  it("keeps out of a folder that holds something else", async () => {
    writeFileSync(join(folder, "thesis.txt"), "irreplaceable");
    expect(await complaint("--out", ".")).toContain("holds thesis.txt");
    expect(readFileSync(join(folder, "thesis.txt"), "utf8")).toBe("irreplaceable");
  });

  it("does not take a file for a folder", async () => {
    writeFileSync(join(folder, "file"), "");
    expect(await complaint("--out", "file")).toMatch(
      /^--out: expected a folder, received .*file, which is a file$/,
    );
    expect(await complaint("--out", "file/below")).toMatch(/^--out: expected a folder, received .*below/);
  });

  it("has nothing to resume in an empty folder", async () => {
    expect(await complaint("--resume", "--out", "new")).toMatch(
      /^--resume: expected a folder with an interrupted run/,
    );
    expect(existsSync(join(folder, "new"))).toBe(false);
  });

  it("says that a backend cannot start before anything is written", async () => {
    const small = ["--datasets", "moons", "--models", "glow", "--steps", "1", "--out", "new"];
    const { exitCode, errors } = await runCommand(["--backend", "webgpu", ...small], folder);
    // On a machine with a graphics adapter, the command simply runs.
    if (exitCode === 0) return;
    expect(exitCode).toBe(2);
    expect(errors).toMatch(/^--backend webgpu: [^\n]+\n$/);
    expect(existsSync(join(folder, "new"))).toBe(false);
  });
});
