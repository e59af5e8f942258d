import { createRandom, memory, tensor, valueAndGradients } from "@invertible/ops";
import type { Variable } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { diagonalNormal, standardLogistic, standardNormal } from "../index.ts";

beforeAll(async () => {
  await startBackend("wasm");
});

const logTwoPi = Math.log(2 * Math.PI);

describe("standardNormal", () => {
  it("is -|z|^2/2 - D ln(2 pi)/2 over any shape", async () => {
    const z = tensor([1, 2, 3, 4, 0, 0, 0, 0, 0.5, -0.5, 1.5, -1.5], [3, 2, 1, 2]);
    const logProb = await standardNormal({ shape: [2, 1, 2] })
      .logProb(z)
      .data<"float32">();
    [-15, 0, -2.5].forEach((expected, i) => expect(logProb[i]).toBeCloseTo(expected - 2 * logTwoPi, 5));
  });

  it("draws with the temperature as standard deviation, the same for the same key", async () => {
    const base = standardNormal({ shape: [4] });
    const draw = async () =>
      base.sample(5000, { random: createRandom(3), temperature: 0.7 }).data<"float32">();
    const z = await draw();
    const mean = z.reduce((sum, v) => sum + v, 0) / z.length;
    const variance = z.reduce((sum, v) => sum + (v - mean) ** 2, 0) / z.length;
    // Five standard errors of a mean and of a variance over 20000 draws.
    expect(Math.abs(mean)).toBeLessThan((5 * 0.7) / Math.sqrt(z.length));
    expect(Math.abs(variance / 0.49 - 1)).toBeLessThan(5 * Math.sqrt(2 / z.length));
    expect(await draw()).toEqual(z);
  });

  it("refuses a z of another shape", () => {
    expect(() => standardNormal({ shape: [2] }).logProb(tensor([[1, 2, 3]]))).toThrow(
      "standardNormal.logProb z: expected [B, 2], received [1, 3]",
    );
    expect(() => standardNormal({ shape: [0] })).toThrow(/standardNormal.shape/);
  });
});

describe("diagonalNormal", () => {
  const set = (variable: Variable, values: number[]) => variable.assign(tensor(values, variable.shape));

  it("is the standard normal at the start", async () => {
    const z = createRandom(1).normal([6, 2, 3]);
    const [learned, standard] = [diagonalNormal({ shape: [2, 3] }), standardNormal({ shape: [2, 3] })];
    expect(await learned.logProb(z).data()).toEqual(await standard.logProb(z).data());
  });

  it("is the sum of univariate normal log densities", async () => {
    const base = diagonalNormal({ shape: [2] });
    set(base.parameters["mean"]!, [1, -2]);
    set(base.parameters["logScale"]!, [Math.log(0.5), Math.log(3)]);
    const z = [
      [1.25, 4],
      [0, -2],
    ];
    const normal = (x: number, mean: number, scale: number) =>
      -0.5 * ((x - mean) / scale) ** 2 - Math.log(scale) - 0.5 * logTwoPi;
    const logProb = await base.logProb(tensor(z)).data();
    z.forEach(([a, b], i) => expect(logProb[i]).toBeCloseTo(normal(a!, 1, 0.5) + normal(b!, -2, 3), 5));
  });

  it("draws from the density it states, so that the mean log-density is minus the entropy", async () => {
    const base = diagonalNormal({ shape: [3] });
    set(base.parameters["mean"]!, [1, -2, 5]);
    set(base.parameters["logScale"]!, [-1, 0.5, 2]);
    const count = 20000;
    const logProb = await base
      .logProb(base.sample(count, { random: createRandom(5), temperature: 1 }))
      .data<"float32">();
    const mean = logProb.reduce((sum, v) => sum + v, 0) / count;
    const entropy = 1.5 * (1 + logTwoPi) + 1.5;
    expect(Math.abs(mean + entropy)).toBeLessThan(5 * Math.sqrt(1.5 / count)); // var of |u|^2/2 is D/2
  });

  it("has the gradient (z - mean)/scale^2 with respect to the mean, and leaks nothing", async () => {
    const base = diagonalNormal({ shape: [2] });
    const z = tensor([[1, 2]]);
    const before = memory().numTensors;
    const { value, gradients } = valueAndGradients(
      () => base.logProb(z).sum(),
      [base.parameters["mean"]!, base.parameters["logScale"]!],
    );
    expect([...(await gradients[0]!.data())]).toEqual([1, 2]);
    expect([...(await gradients[1]!.data())]).toEqual([0, 3]); // u^2 - 1
    value.dispose();
    gradients.forEach((g) => g.dispose());
    expect(memory().numTensors).toBe(before);
  });
});

describe("standardLogistic", () => {
  it("is the logarithm of the logistic density e^-z / (1 + e^-z)^2, also far out", async () => {
    const z = [0, 1, -3, 20, -60, 88];
    const logProb = await standardLogistic({ shape: [1] })
      .logProb(tensor(z, [6, 1]))
      .data<"float32">();
    z.forEach((v, i) => {
      const expected = -Math.abs(v) - 2 * Math.log1p(Math.exp(-Math.abs(v)));
      expect(Math.abs(logProb[i]! - expected)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected)));
    });
  });

  it("draws from it: the mean log-density is minus the entropy 2 per latent, and every draw is finite", async () => {
    const base = standardLogistic({ shape: [4] });
    const count = 50_000;
    const z = base.sample(count, { random: createRandom(5), temperature: 1 });
    expect((await z.data<"float32">()).every(Number.isFinite)).toBe(true);
    const logProb = await base.logProb(z).data<"float32">();
    const mean = logProb.reduce((sum, v) => sum + v, 0) / count;
    const variance = logProb.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count;
    expect(Math.abs(mean + 4 * 2)).toBeLessThan(4 * Math.sqrt(variance / count));
  });

  it("stretches its draws by the temperature", async () => {
    const draw = (temperature: number) =>
      standardLogistic({ shape: [2] })
        .sample(9, { random: createRandom(2), temperature })
        .data<"float32">();
    const [one, half] = [await draw(1), await draw(0.5)];
    one.forEach((v, i) => expect(half[i]).toBeCloseTo(v / 2, 6));
  });
});
