import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import {
  createRandom,
  dispose,
  eye,
  fill,
  memory,
  newVariable,
  newVariables,
  ones,
  range,
  scalar,
  tidy,
  variable,
  withinAllowance,
  zeros,
} from "../index.ts";
import type { Allowance } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const allowance: Allowance = {
  variables: 2,
  variableNumbers: 10,
  numbers: 100,
  refuse(what, most) {
    throw new Error(`at most ${most} ${what}`);
  },
};
const within = (build: () => unknown) => withinAllowance(allowance, build);

describe("newVariable", () => {
  it("starts with its initial values and keeps nothing else", async () => {
    const before = memory().numTensors;
    const made = newVariable([2], () => fill([2], 3).add(1), false);
    expect(memory().numTensors).toBe(before + 1);
    expect([...(await made.data())]).toEqual([4, 4]);
    expect(made.trainable).toBe(false);
    const several = newVariables({ a: [], b: [1] }, () => ({ a: scalar(1), b: fill([1], 2) }));
    expect(Object.keys(several)).toEqual(["a", "b"]);
    expect([...(await several.b.data())]).toEqual([2]);
    dispose([made, several.a, several.b]);
    expect(memory().numTensors).toBe(before);
  });

  it("refuses initial values of another shape", () => {
    expect(() => newVariable([2], () => zeros([3]))).toThrow(
      /newVariable value: expected \[2\], received \[3\]/,
    );
  });

  it("computes no initial value within an allowance", async () => {
    const made = withinAllowance(allowance, () =>
      newVariable([3], () => {
        throw new Error("computed");
      }),
    );
    expect([...(await made.data())]).toEqual([0, 0, 0]);
    dispose(made);
  });
});

describe("an allowance", () => {
  const huge = 2 ** 40;
  it.each<[string, () => unknown, string]>([
    ["zeros", () => zeros([huge]), "100 numbers made"],
    ["ones", () => ones([huge]), "100 numbers made"],
    ["constants", () => fill([huge], 1), "100 numbers made"],
    ["identities", () => eye(2 ** 20), "100 numbers made"],
    ["ranges", () => range(0, huge), "100 numbers made"],
    ["draws", () => createRandom(1).normal([2 ** 31]), "100 numbers made"],
    ["orders", () => createRandom(1).permutation(2 ** 31), "100 numbers made"],
    ["a variable", () => newVariable([huge], () => zeros([huge])), "10 numbers in variables"],
    ["sizes that overflow", () => newVariable([1e200, 1e200], () => zeros([])), "10 numbers in variables"],
    ["sizes that are no numbers", () => newVariable([NaN], () => zeros([])), "10 numbers in variables"],
  ])("refuses %s larger than memory before making it", (_, build, message) => {
    expect(() => within(build)).toThrow(`at most ${message}`);
  });

  it("is one for all that is made", () => {
    const made = (count: number) =>
      tidy(() => {
        for (let i = 0; i < count; i++) zeros([25]);
      });
    expect(() => within(() => made(4))).not.toThrow();
    expect(() => within(() => made(5))).toThrow("at most 100 numbers made");
    const variables: { dispose(): void }[] = [];
    const scalars = () => variables.push(variable(scalar(1)));
    expect(() => within(() => [scalars(), scalars()])).not.toThrow();
    expect(() => within(() => [scalars(), scalars(), scalars()])).toThrow("at most 2 variables");
    variables.forEach((made) => made.dispose());
  });

  it("ends with the build, also by an error", () => {
    expect(() => within(() => zeros([101]))).toThrow();
    within(() => undefined);
    expect(() => tidy(() => void zeros([101]))).not.toThrow();
  });
});
