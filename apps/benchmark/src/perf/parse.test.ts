import { describe, expect, it } from "vitest";
import { performanceCases } from "./cases.ts";
import { parsePerf } from "./parse.ts";

describe("parsePerf", () => {
  it("measures everything by default", () => {
    expect(parsePerf([])).toEqual({
      kind: "run",
      backends: ["wasm", "webgpu", "cpu"],
      parts: ["2d", "images", "memory", "inverse"],
    });
  });
  it("narrows down", () => {
    const parsed = parsePerf(["--backend", "wasm", "--only", "2d"]);
    expect(parsed).toEqual({ kind: "run", backends: ["wasm"], parts: ["2d"] });
  });
  it.each([
    [["--backend", "webgl"], '--backend: expected names among wasm, webgpu, cpu, received "webgl"'],
    [["--only", "audio"], '--only: expected names among 2d, images, memory, inverse, received "audio"'],
    [["--fast"], 'perf: expected options among --backend, --only, --help, received "--fast"'],
  ])("refuses %j", (commandLine, message) => expect(() => parsePerf(commandLine)).toThrow(message));
});

describe("the cases", () => {
  it("are those that were timed with PyTorch", () => {
    expect(
      performanceCases.map(({ name, model, batchSize, pytorch }) => [name, model, batchSize, pytorch]),
    ).toEqual([
      ["2d", "i-resnet", 512, 37],
      ["2d", "glow", 512, 12.5],
      ["images", "i-resnet", 64, 631],
      ["images", "glow", 64, 290],
    ]);
  });
});
