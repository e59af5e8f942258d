/** `npm run perf -- --gpu` where there is no GPU, as a user types it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { programArguments } from "../../../test-support/program.ts";
import type { GpuRecord } from "./gpu-record.ts";
import { isSoftware } from "./measure-gpu.ts";

const program = new URL("../main.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "perf-gpu-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("npm run perf -- --gpu without a GPU", () => {
  it("skips every program and says why", { timeout: 120_000 }, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...programArguments(program), "--gpu", "--python", "none"],
      // No Vulkan driver, whatever this machine has.
      {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, VK_ICD_FILENAMES: "", VK_DRIVER_FILES: "/none" },
      },
    );
    expect(stderr).toContain("Nothing was measured. The tables say why.");
    expect(status).toBe(1);
    const results = join(folder, "results/perf-gpu");
    const record = JSON.parse(readFileSync(join(results, "perf-gpu.json"), "utf8")) as GpuRecord;
    expect(record.cases.map(({ data, model }) => `${data} ${model}`)).toEqual([
      ...["2d i-ResNet", "2d Glow", "images i-ResNet", "images Glow", "published i-ResNet"],
    ]);
    for (const { programs } of record.cases) {
      expect(programs.map(({ name }) => name)).toEqual(["webgpu", "PyTorch", "PyTorch, torch.compile"]);
      const reasons = programs.map((each) => ("skipped" in each ? each.skipped : "measured"));
      expect(reasons[0]).toMatch(/expected a WebGPU adapter|expected WebGPU|is no GPU/);
      expect(reasons.slice(1)).toEqual(["PyTorch was left out", "PyTorch was left out"]);
    }
    const page = readFileSync(join(results, "perf-gpu.md"), "utf8");
    for (const text of [page, stdout]) expect(text).toContain("PyTorch was not measured");
  });
});

it.each([
  ["google swiftshader SwiftShader driver 5.0.0", true],
  ["mesa llvmpipe", true],
  ["nvidia turing NVIDIA RTX", false],
  ["apple metal-3", false],
])("tells renderers in software from graphics cards: %s", (adapter, expected) =>
  expect(isSoftware(adapter)).toBe(expected),
);
