import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { dispose, freeingVariables, memory, tidy, variable, zeros } from "../index.ts";
import type { Variable } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const newVariable = () => tidy(() => variable(zeros([3])));

describe("freeingVariables", () => {
  it("returns what is built, and leaves its variables alone", async () => {
    const made = freeingVariables(newVariable);
    expect([...(await made.data())]).toEqual([0, 0, 0]);
    dispose(made);
  });

  it("frees what was made before an error, also in an inner call, and nothing older", async () => {
    const older = newVariable();
    const before = memory().numTensors;
    const gone: Variable[] = [];
    const build = () => {
      gone.push(newVariable());
      freeingVariables(() => gone.push(newVariable()));
      throw new Error("refused");
    };
    expect(() => freeingVariables(build)).toThrow("refused");
    expect(memory().numTensors).toBe(before);
    expect(gone.map(({ isDisposed }) => isDisposed)).toEqual([true, true]);
    expect([...(await older.data())]).toEqual([0, 0, 0]);
    dispose(older);
  });
});
