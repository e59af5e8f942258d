import { describe, expect, it } from "vitest";
import type { JobRequest } from "../job/request.ts";
import { asCell, cellId, cellOf, digestOf, requestIn } from "./cell.ts";

const versions = { node: "22.0.0" };
const request: JobRequest = {
  job: {
    name: "moons-glow",
    task: "density",
    dataset: "moons",
    model: "glow",
    kind: "plane",
    seed: 1,
    point: null,
  },
  workload: {} as JobRequest["workload"],
  training: { steps: 10, checkpointEvery: 5 } as JobRequest["training"],
  validation: false,
  backend: "wasm",
  engine: "eager",
  threads: 1,
  extensions: [{ kind: "model", name: "glow", file: "/a/glow.js", digest: "abc" }],
  source: { folder: "/data" },
  machine: null,
  measuresData: true,
  exports: null,
  checkpoint: "/run/checkpoints/moons-glow.safetensors",
  measurements: "/run/checkpoints/moons-glow.measurements",
  result: "/run/jobs/moons-glow.json",
  pace: null,
};
const idOf = (change: Partial<JobRequest> = {}, data: string | null = null, others = versions) =>
  cellId(cellOf({ ...request, ...change }, data), others);

describe("the name of a cell", () => {
  it("does not depend on paths, nor on how often checkpoints are kept", () => {
    const { training, extensions } = request;
    expect(idOf()).toMatch(/^[0-9a-f]{32}$/);
    expect(idOf({ result: "/elsewhere.json", source: null, checkpoint: "/c" }, "/data")).toBe(idOf());
    expect(idOf({ training: { ...training, checkpointEvery: 7 } })).toBe(idOf());
    expect(idOf({ extensions: [{ ...extensions[0]!, file: "/b/glow.js" }] })).toBe(idOf());
  });

  it("changes with everything that decides numbers", () => {
    const { training, extensions, job } = request;
    const changed = [
      idOf({ job: { ...job, seed: 2 } }),
      idOf({ training: { ...training, steps: 11 } }),
      idOf({ extensions: [{ ...extensions[0]!, digest: "abd" }] }),
      idOf({ engine: "captured" }),
      idOf({ threads: 2 }),
      idOf({ pace: { budgetSeconds: 3, path: "/p" } }),
      idOf({ exports: { logProb: "/l", inverse: "/i" } }),
      idOf({}, null, { node: "22.0.1" }),
    ];
    expect(new Set([idOf(), ...changed]).size).toBe(changed.length + 1);
  });

  it("is that of the same members in another order", () => {
    expect(digestOf({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(digestOf({ b: [{ d: 3, c: 2 }], a: 1 }));
    expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
  });
});

it("a cell becomes a request in a folder of another machine", () => {
  const cell = cellOf({ ...request, exports: { logProb: "/l", inverse: "/i" } }, "/data");
  const { checkpoint, result, exports, machine, pace, job } = requestIn("/scratch", cell, {
    source: null,
    machine: "host",
  });
  expect({ checkpoint, result, exports, machine, pace, job }).toEqual({
    checkpoint: "/scratch/checkpoint.safetensors",
    result: "/scratch/result.json",
    exports: { logProb: "/scratch/logProb.onnx", inverse: "/scratch/inverse.onnx" },
    machine: "host",
    pace: null,
    job: request.job,
  });
});

it("what is no cell of this version is refused", () => {
  expect(asCell(JSON.parse(JSON.stringify(cellOf(request, null)))).job.name).toBe("moons-glow");
  for (const wrong of [undefined, null, {}, { format: "invertible-benchmark-cell/0" }])
    expect(() => asCell(wrong)).toThrow("expected a cell of this version");
});
