/** `npm run perf` as a user types it, on the smallest of what it measures. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { programArguments } from "../../test-support/program.ts";
import { findPython } from "./processes/python.ts";
import { readRecord } from "./record/read-record.ts";

const program = new URL("main.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "perf-"));
afterAll(() => rmSync(folder, { recursive: true }));

function perf(...commandLine: string[]) {
  return spawnSync(process.execPath, [...programArguments(program), ...commandLine], {
    cwd: folder,
    encoding: "utf8",
  });
}

const python = findPython();
const skipped = "absent" in python;
if (skipped) console.log(`not run: perf with PyTorch. ${python.absent}`);

const read = (file: string) => readRecord(file, readFileSync(join(folder, file), "utf8"));

describe("npm run perf", () => {
  it.each([
    ["alone", "none", 1],
    ...(skipped
      ? []
      : [["in turn with PyTorch, which does the same operations", python.program, 3] as const]),
  ] as const)(
    "measures the steps of both models of the plane %s",
    { timeout: 600_000 },
    (_, program, variants) => {
      const made = perf(
        ...["--only", "2d", "--engine", "wasm", "--steps", "1"],
        ...["--python", program, "--json", "perf.json"],
      );
      expect(made.stderr).toContain("training steps: i-ResNet, 10 blocks of 64-64-64");
      expect(made.status).toBe(0);
      const record = read("perf.json");
      expect(record.steps.map(({ model }) => model)).toEqual(["i-ResNet", "Glow"]);
      for (const each of record.steps) {
        expect(each.variants).toHaveLength(variants);
        const counts = each.variants.map((variant) => {
          if ("failure" in variant) throw new Error(variant.failure);
          // The processes are different ones: none has the memory of another.
          expect(variant.peakBytes).toBeGreaterThan(1e8);
          return variant.operations!;
        });
        // Power iteration takes a product more or less; the rest is equal.
        for (const count of counts) expect(Math.abs(count / counts[0]! - 1)).toBeLessThan(1e-3);
      }
      expect(made.stdout).toContain(
        program === "none" ? "PyTorch was not measured: it was left out." : `PyTorch is version`,
      );

      const shown = perf("--from", "perf.json", "--page", "page.md");
      expect(shown.stderr).toBe("");
      expect(shown.stdout).toBe(made.stdout);
      expect(readFileSync(join(folder, "page.md"), "utf8")).toContain(
        "**Glow on 2d: 10 couplings of 64-64-64;",
      );
    },
  );

  it("says which Python it was given that has no PyTorch, and which file is absent", () => {
    const noPython = perf("--only", "2d", "--engine", "wasm", "--python", "/no/python");
    expect([noPython.status, noPython.stdout]).toEqual([1, ""]);
    expect(noPython.stderr).toContain(
      "--python: expected a Python with PyTorch and NumPy, received /no/python:",
    );
    const noFile = perf("--from", "absent.json");
    expect([noFile.status, noFile.stdout]).toEqual([2, ""]);
    expect(noFile.stderr).toContain("--from: expected a file to read");
  });
});
