import { describe, expect, it } from "vitest";
import { parsePerf } from "./parse.ts";

describe("parsePerf", () => {
  it("measures everything by default", () => {
    expect(parsePerf([])).toEqual({
      kind: "run",
      backends: ["wasm", "webgpu", "cpu"],
      parts: ["2d", "images", "memory", "inverse"],
    });
  });
  it("measures only the backends and parts that are named", () => {
    const parsed = parsePerf(["--backend", "wasm", "--only", "2d"]);
    expect(parsed).toEqual({ kind: "run", backends: ["wasm"], parts: ["2d"] });
  });
  it.each([
    [["--backend", "webgl"], '--backend: expected names among wasm, webgpu, cpu, received "webgl"'],
    [["--only", "audio"], '--only: expected names among 2d, images, memory, inverse, received "audio"'],
    [["--fast"], 'perf: expected options among --backend, --only, --help, received "--fast"'],
  ])("refuses %j", (commandLine, message) => expect(() => parsePerf(commandLine)).toThrow(message));
});
