import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepMeasurements } from "./kept-measurements.ts";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "bench-measured-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (subject = "model", check = () => {}) => keepMeasurements(join(folder, "file"), subject, check);
const never = () => Promise.reject(new Error("measured again"));

describe("kept measurements", () => {
  const value = {
    samples: Float32Array.of(1.5, NaN),
    nll: NaN,
    floor: -0,
    bound: Infinity,
    rows: [{ a: 1 }],
  };

  it("come back exactly as they were, without being made again", async () => {
    const before = await open();
    expect(await before.once("a", () => Promise.resolve(value))).toBe(value);
    expect(await before.once("a", never)).toBe(value);
    await expect(before.once("b", never)).rejects.toThrow("measured again");

    const after = await open();
    expect(await after.once("a", never)).toStrictEqual(value);
    expect(await after.once("b", () => Promise.resolve(2))).toBe(2);
    expect(after.seconds()).toBeGreaterThan(0);
    expect(await (await open()).once("b", never)).toBe(2);
  });

  it("are made once where several ask at the same time", async () => {
    const kept = await open();
    let made = 0;
    const measure = () => Promise.resolve(++made);
    expect(await Promise.all([kept.once("a", measure), kept.once("a", measure)])).toEqual([1, 1]);
  });

  it("of another subject, damaged or forgotten count as none", async () => {
    const again = () => Promise.resolve("again");
    const store = async () => (await open()).once("a", () => Promise.resolve(value));
    await store();
    expect(await (await open("other")).once("b", again)).toBe("again");
    await store();
    writeFileSync(join(folder, "file"), "half a file");
    expect(await (await open()).once("a", again)).toBe("again");
    await (await open()).forget();
    expect(await (await open()).once("a", again)).toBe("again");
  });

  it("are not written where that is forbidden", async () => {
    const kept = await open("model", () => {
      throw new Error("the folder was removed");
    });
    await expect(kept.once("a", () => Promise.resolve(1))).rejects.toThrow("the folder was removed");
    expect(await (await open()).once("a", () => Promise.resolve(2))).toBe(2);
  });
});
