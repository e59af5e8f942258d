import { describe, expect, it } from "vitest";
import { dispose, tensor, tidy, variable } from "./primitives.ts";
import { startBackend } from "../backend/index.ts";
import { watchVariables } from "./watch-variables.ts";

describe.each(["cpu", "wasm"] as const)("watchVariables, %s", (backend) => {
  it("notices an assignment to any variable, also of equal numbers, and nothing else", async () => {
    await startBackend(backend);
    const variables = [variable(tensor([1, 2])), variable(tensor([3]))];
    const unchanged = watchVariables(variables);
    expect(unchanged()).toBe(true);
    expect(await variables[1]!.data()).toEqual(new Float32Array([3]));
    expect(unchanged()).toBe(true);
    tidy(() => variables[1]!.assign(tensor([3])));
    expect(unchanged()).toBe(false);
    expect(watchVariables(variables)()).toBe(true);
    expect(watchVariables([variables[0]!])()).toBe(true);
    dispose(variables);
  });

  it("has nothing to notice where there are no variables", () => {
    expect(watchVariables([])()).toBe(true);
  });
});
