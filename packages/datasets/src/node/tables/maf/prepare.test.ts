import { describe, expect, it } from "vitest";
import { DataFileError } from "../../../errors.ts";
import type { StoredArray } from "../../arrays/stored-array.ts";
import type { DividedTable } from "./divide.ts";
import { divideTenths } from "./divide.ts";
import { leaveOutCorrelated, prepareGas } from "./gas.ts";
import { prepareHepmass } from "./hepmass.ts";
import { prepareMiniboone } from "./miniboone.ts";
import { preparePower } from "./power.ts";

const table = (rows: readonly (readonly number[])[]): StoredArray => ({
  shape: [rows.length, rows[0]!.length],
  values: Float64Array.from(rows.flat()),
});
const made = (count: number, row: (i: number) => readonly number[]) =>
  table(Array.from({ length: count }, (_, i) => row(i)));
const counts = ({ train, validation, test }: DividedTable) => [train.count, validation.count, test.count];
const row = ({ values, shape }: DividedTable["train"], i: number) =>
  values.subarray(i * shape[0]!, (i + 1) * shape[0]!);
const expectNear = (received: Float32Array, expected: readonly number[]) =>
  expected.forEach((value, i) => expect(received[i]).toBeCloseTo(value, 5));

describe("divideTenths", () => {
  it("takes the last tenth, and the last tenth of what is before it, rounded down", () => {
    const parts = divideTenths(
      "it",
      made(29, (i) => [i]),
    );
    expect([...parts.test.values]).toEqual([27, 28]);
    expect([...parts.validation.values]).toEqual([25, 26]);
    expect(parts.train.shape).toEqual([25, 1]);
    expect(parts.known.shape).toEqual([27, 1]);
    expect(() =>
      divideTenths(
        "it",
        made(10, (i) => [i]),
      ),
    ).toThrow("expected at least 11 rows, received 10");
  });
});

// The same rules in NumPy, whose generator shuffles and draws the noise.
describe("preparePower", () => {
  const raw = made(40, (i) =>
    Array.from({ length: 8 }, (_, c) => ((i * 7) % 11) + 0.5 * c * ((i * (c + 3)) % 13)),
  );

  it("gives the numbers of NumPy", () => {
    const power = preparePower("power", raw);
    expect(counts(power)).toEqual([33, 3, 4]);
    expect(power.train.shape).toEqual([6]);
    expectNear(row(power.train, 0), [-1.223815, -1.01502, -1.138182, 0.38454, -1.252478, 0.271504]);
    expectNear(row(power.validation, 2), [0.979005, 1.199053, 1.374016, -0.187993, 1.590217, 0.020885]);
    expectNear(row(power.test, 1), [1.608487, 0.829475, 0.919802, 1.032057, 1.219396, 1.417191]);
  });

  it("refuses other columns", () =>
    expect(() =>
      preparePower(
        "power",
        made(40, (i) => [i, i]),
      ),
    ).toThrow("expected 8 columns, received 2"));
});

describe("prepareGas", () => {
  it("leaves out the first of two sensors that agree, again and again", () => {
    // Columns 0, 1 and 3 rise together; so do 2 and 4, but less than 0.98.
    const sensors = made(50, (i) => {
      const wave = Math.sin(i);
      return [i, 2 * i + 0.1 * wave, wave, -3 + i + wave, wave + 0.5 * Math.cos(7 * i)];
    });
    expect(leaveOutCorrelated(sensors)).toEqual([2, 3, 4]);
    // Opposite sensors are kept, and so are constant ones.
    expect(leaveOutCorrelated(made(50, (i) => [i, -i, 1]))).toEqual([0, 1, 2]);
  });

  it("standardises by all rows, with n - 1", () => {
    // Sixteen sensors of which the last is a ramp 0..19: mean 9.5, deviation sqrt(35).
    const raw = made(20, (i) => [
      ...[i, 0, 0],
      ...Array.from({ length: 15 }, (_, k) => Math.sin((k + 1) * i * 0.7)),
      i,
    ]);
    const gas = prepareGas("gas", raw);
    const columns = gas.train.shape[0]!;
    expect(counts(gas)).toEqual([17, 1, 2]);
    expect(gas.test.values[columns - 1]).toBeCloseTo((18 - 9.5) / Math.sqrt(35), 6);
    expect(gas.train.values[columns - 1]).toBeCloseTo(-9.5 / Math.sqrt(35), 6);
  });
});

describe("prepareHepmass", () => {
  // Class 1 in every second row. Column 2 has its smallest value in most rows. The test has a column too many.
  const columns = (i: number) => [i % 2, i, i % 7 === 1 ? 5 + i : 0, (i * i) % 97];
  const train = made(60, columns);
  const test = made(8, (i) => [...columns(i), 1e9]);

  it("keeps class 1, without columns whose smallest value is frequent", () => {
    const hepmass = prepareHepmass("hepmass", train, test);
    expect(counts(hepmass)).toEqual([27, 3, 4]);
    expect(hepmass.train.shape).toEqual([2]);
    // Of 1, 3, ... 59 the mean is 30 and the deviation, with n - 1, sqrt(310).
    expect(hepmass.train.values[0]).toBeCloseTo(-29 / Math.sqrt(310), 6);
    expect(hepmass.validation.values[0]).toBeCloseTo((55 - 30) / Math.sqrt(310), 6);
    expect(hepmass.test.values[2]).toBeCloseTo((3 - 30) / Math.sqrt(310), 6);
  });

  it("refuses files that do not belong together", () =>
    expect(() =>
      prepareHepmass(
        "hepmass",
        train,
        made(8, (i) => [1, i]),
      ),
    ).toThrow("received 4 and 2"));
});

describe("prepareMiniboone", () => {
  it("leaves out outliers and columns whose smallest value is frequent", () => {
    const raw = made(44, (i) => (i % 11 === 3 ? [-999, -999, -999] : [i, i % 4, 100 - i]));
    const miniboone = prepareMiniboone("miniboone", raw);
    expect(counts(miniboone)).toEqual([33, 3, 4]);
    expect(miniboone.train.shape).toEqual([2]);
    // The kept rows of training and validation are 0..39 without 3, 14, 25, 36.
    const known = Array.from({ length: 40 }, (_, i) => i).filter((i) => i % 11 !== 3);
    const mean = known.reduce((total, i) => total + i, 0) / 36;
    const deviation = Math.sqrt(known.reduce((total, i) => total + (i - mean) ** 2, 0) / 36);
    expect(miniboone.train.values[0]).toBeCloseTo(-mean / deviation, 6);
    expect(miniboone.test.values[1]).toBeCloseTo(-(40 - mean) / deviation, 6);
  });

  it("refuses a constant column", () => {
    let error: unknown;
    try {
      divideConstant();
    } catch (thrown) {
      error = thrown;
    }
    expect(DataFileError.is(error)).toBe(true);
    expect((error as Error).message).toBe("gas: expected columns that vary, received column 4 that does not");
  });
});

const divideConstant = () =>
  prepareGas(
    "gas",
    made(20, (i) => [i, 0, 0, 1, ...Array.from({ length: 15 }, (_, k) => Math.sin((k + 1) * i))]),
  );
