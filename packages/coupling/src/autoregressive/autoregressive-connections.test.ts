import { describe, expect, it } from "vitest";
import { demandClose, readGolden } from "../../../../tools/golden.ts";
import type { Tolerance } from "../../../../tools/golden.ts";
import { autoregressiveConnections } from "../index.ts";

interface Golden {
  readonly case: string;
  readonly inputs: { readonly features: number; readonly hidden: number; readonly output_multiplier: number };
  readonly expected: Readonly<Record<string, unknown>>;
  readonly tolerance: Tolerance;
}

type Matrix = readonly (readonly number[])[];

const golden = readGolden<Golden>("made_masks");
const transposed = (a: Matrix) => a[0]!.map((_, column) => a.map((row) => row[column]!));
const product = (a: Matrix, b: Matrix) =>
  a.map((row) => b[0]!.map((_, column) => row.reduce((sum, v, k) => sum + v * b[k]![column]!, 0)));
/** For each [input][output], whether any path leads from one to the other. */
const reached = (layers: readonly Matrix[]) =>
  layers.reduce(product).map((row) => row.map((paths) => (paths > 0 ? 1 : 0)));

describe("autoregressiveConnections against the golden file", () => {
  it.each(golden)("$case", ({ inputs, expected, tolerance }) => {
    const { features, hidden, output_multiplier: outputsPerFeature } = inputs;
    const options = { features, hidden: [hidden, hidden], outputsPerFeature };
    const { layers, hiddenDegrees, outputDegrees } = autoregressiveConnections(options);
    const check = (got: Matrix, name: string) => {
      expect([got.length, got[0]!.length]).toEqual([
        (expected[name] as Matrix).length,
        (expected[name] as Matrix)[0]!.length,
      ]);
      demandClose(got.flat(), expected[name], tolerance, name);
    };
    const names = ["mask1_out_in", "mask2_out_in", "mask_out_out_in"];
    expect(layers).toHaveLength(names.length);
    names.forEach((name, i) => check(transposed(layers[i]!), name));
    check(transposed(reached(layers)), "connectivity_out_in");
    for (const degrees of hiddenDegrees) demandClose(degrees, expected["hidden_degrees"], tolerance);
    demandClose(outputDegrees, expected["output_degrees"], tolerance);
  });
});

describe("autoregressiveConnections", () => {
  it.each<[number, number[], number]>([
    [4, [], 2],
    [4, [3], 1],
    [6, [5, 7, 11], 2],
    [2, [1, 1, 1], 3],
  ])("of %i features and hidden widths %j reach all earlier inputs, and no other", (features, hidden, k) => {
    const { layers } = autoregressiveConnections({ features, hidden, outputsPerFeature: k });
    expect(layers.map((layer) => [layer.length, layer[0]!.length])).toEqual(
      [...hidden, features * k].map((width, i) => [i === 0 ? features : hidden[i - 1], width]),
    );
    reached(layers).forEach((row, input) =>
      row.forEach((path, output) => expect(path).toBe(input < Math.floor(output / k) ? 1 : 0)),
    );
  });

  it("of few units spread them over all degrees, and reach no input that they must not see", () => {
    const { layers, hiddenDegrees } = autoregressiveConnections({
      features: 10,
      hidden: [3, 2],
      outputsPerFeature: 1,
    });
    expect(hiddenDegrees).toEqual([
      [2, 5, 8],
      [3, 7],
    ]);
    // A unit of degree 3 sees that of degree 2, and so inputs 1 and 2. One of degree 7 sees those up to 5 too.
    const sees = (output: number) => (output > 7 ? 5 : output > 3 ? 2 : 0);
    reached(layers).forEach((row, input) =>
      row.forEach((path, output) => expect(path).toBe(input + 1 <= sees(output + 1) ? 1 : 0)),
    );
  });

  it("of one feature let nothing depend on it", () => {
    const { layers } = autoregressiveConnections({ features: 1, hidden: [2], outputsPerFeature: 2 });
    expect(layers).toEqual([
      [[0, 0]],
      [
        [1, 1],
        [1, 1],
      ],
    ]);
  });

  it.each([
    [{ features: 0, hidden: [], outputsPerFeature: 1 }, /features: expected a positive integer, received 0/],
    [{ features: 2, hidden: [], outputsPerFeature: 1.5 }, /outputsPerFeature: expected a positive integer/],
    [{ features: 2, hidden: [4, -1], outputsPerFeature: 1 }, /hidden: expected a positive integer/],
    [{ features: 6, hidden: 8 as never, outputsPerFeature: 1 }, /hidden: expected a list of widths/],
  ])("refuses %j", (options, message) => {
    expect(() => autoregressiveConnections(options)).toThrow(message);
  });
});
