import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resultsSchema } from "../results/schema.ts";
import { runCommand } from "../../test-support/command.ts";

/** Images of size x size bytes in MNIST's format. */
function idx(count: number, size: number): Uint8Array {
  const head = Buffer.alloc(16);
  [0x0803, count, size, size].forEach((value, i) => head.writeUInt32BE(value, 4 * i));
  return Buffer.concat([head, Uint8Array.from({ length: count * size ** 2 }, (_, i) => (i * i) % 251)]);
}

describe("data of the user's", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bench-data-"));
    mkdirSync(join(folder, "digits"));
    writeFileSync(join(folder, "digits", "train-images-idx3-ubyte.gz"), gzipSync(idx(80, 8)));
    writeFileSync(join(folder, "digits", "t10k-images-idx3-ubyte"), idx(20, 8));
    const row = (i: number) => [Math.sin(i), Math.cos(2 * i), Math.sin(3 * i) ** 2].join(",");
    writeFileSync(
      join(folder, "waves.csv"),
      `a,b,c\n${Array.from({ length: 200 }, (_, i) => row(i)).join("\n")}`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...options: string[]) =>
    runCommand([...options, "--models", "glow", "--steps", "2", "--engine", "eager"], folder);
  const resultsIn = (out: string) =>
    resultsSchema.parse(JSON.parse(readFileSync(join(folder, out, "results.json"), "utf8")));

  it("in MNIST's format are trained on under their own name, without MNIST's published results", async () => {
    const { exitCode, errors } = await run("--datasets", "my-digits", "--data", "digits", "--out", "images");
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
    const { jobs, published } = resultsIn("images");
    expect(jobs[0]).toMatchObject({
      name: "my-digits-glow",
      kind: "image",
      dimension: 64,
      examples: { train: 80, test: 20 },
    });
    expect(published).toEqual([]);
    expect(readFileSync(join(folder, "images", "report.html"), "utf8")).toContain(
      "The data are images from digits.",
    );
  });

  it("as a table of numbers are divided into training and test", async () => {
    const { exitCode, errors } = await run("--datasets", "waves", "--data", "waves.csv", "--out", "table");
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
    expect(resultsIn("table").jobs[0]).toMatchObject({
      kind: "table",
      unit: "nats",
      dimension: 3,
      examples: { train: 160, test: 40 },
    });
  });

  it.each([
    [
      ["--datasets", "mine", "--data", "nowhere"],
      /^--data mine: expected a folder or a file, received .*nowhere/,
    ],
    [
      ["--datasets", "mine", "--data", "."],
      /^--data: .*expected train-images-idx3-ubyte and t10k.* or \.csv/,
    ],
    [
      ["--datasets", "mine,yours", "--data", "digits"],
      /^--datasets: expected names among .* received "mine"/,
    ],
    [["--preset", "mnist", "--data", "digits"], /^--data: .*expected/],
  ])("are refused in one line for %j", async (options, message) => {
    const { exitCode, errors } = await runCommand(options, folder);
    expect(errors).toMatch(/^[^\n]+\n$/);
    expect(errors).toMatch(message);
    expect(exitCode).toBe(2);
  });
}, 600_000);
