import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { disposeFlow } from "@invertible/flow";
import { vectorIResNet } from "@invertible/models";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportModels } from "./export-models.ts";

describe("exportModels", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bench-export-"));
    await startBackend("wasm");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    [0.98, 100], // it would make 422 by itself
    [0.7, 21],
  ])("writes an inverse of at most 100 steps, with coefficient %d", async (coefficient, steps) => {
    const flow = vectorIResNet({ features: 2, blocks: 1, hidden: [4], coefficient, random: createRandom(1) });
    const paths = { logProb: join(folder, "a.logProb.onnx"), inverse: join(folder, "a.inverse.onnx") };
    const phases: string[] = [];
    const say = (phase: string, done: number, total: number) => void phases.push(`${phase} ${done}/${total}`);
    expect(await exportModels(flow, paths, say, () => {})).toEqual([
      { what: "logProb", refusal: null },
      { what: "inverse", refusal: null },
    ]);
    expect(phases).toEqual(["writing .onnx files 0/2", "writing .onnx files 1/2"]);
    const text = (await readFile(paths.inverse)).toString("latin1");
    expect(/"layer":"residualBlock","steps":(\d+)/.exec(text)?.[1]).toBe(String(steps));
    expect(await exportModels(flow, null, say, () => {})).toEqual([]);
    disposeFlow(flow);
  });
});
