import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chain } from "@invertible/bijection";
import { affine } from "@invertible/layers";
import { truncationBound } from "@invertible/log-det";
import { eager } from "@invertible/trainer";
import { glyphs } from "@invertible/datasets";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { bias, biasNumbers } from "./bias/bias.ts";
import type { BiasNumbers } from "./bias/bias-numbers.ts";
import { exactSeries } from "./bias/exact-series.ts";
import { crops } from "./data/load-images.ts";
import { candidates, varianceIsProven } from "./estimators/candidates.ts";
import { estimators, estimatorsNumbers } from "./estimators/estimators.ts";
import type { EstimatorsNumbers } from "./estimators/estimators-numbers.ts";
import { explodingInverse, explosionNumbers } from "./exploding-inverse/exploding-inverse.ts";
import type { ExplosionNumbers } from "./exploding-inverse/explosion-numbers.ts";
import { measureExplosion } from "./exploding-inverse/measure-explosion.ts";
import { inversion, inversionNumbers } from "./inversion/inversion.ts";
import type { InversionNumbers } from "./inversion/inversion-numbers.ts";
import { distances } from "./inversion/invert-block.ts";
import { lipschitz, lipschitzNumbers } from "./lipschitz/lipschitz.ts";
import { memory, memoryNumbers } from "./memory/memory.ts";
import type { MemorySize } from "./memory/memory-numbers.ts";
import { interpolation, interpolationNumbers } from "./pictures/interpolation.ts";
import { reconstructions, reconstructionsNumbers } from "./pictures/reconstructions.ts";
import { samples, samplesNumbers } from "./pictures/samples.ts";
import { decodeBytes } from "../results/binary.ts";
import { html } from "../report/html.ts";
import { runStudy } from "./run-study.ts";
import type { StudyRecord } from "./study-record.ts";
import { defineStudy } from "./study.ts";
import type { StudyContext } from "./study.ts";

const random = createRandom(5);

/** Small images and few steps, so that every figure takes a second or two. */
function small(steps: number): StudyContext {
  const images = (count: number, seed: number) => crops(glyphs({ count, seed }), 8, random.fold(seed));
  return {
    ...{ images: { title: "small digits", drawn: true, train: images(200, 1), test: images(20, 2) }, steps },
    ...{ random, engine: eager(), signal: new AbortController().signal, say: () => {} },
  };
}

beforeAll(() => startBackend("wasm"));

describe("the figure of memory", () => {
  it("shows that what is kept grows with depth, and that reversible networks keep nothing", async () => {
    const size = {
      // Few parameters and large activations: the former are not what the figure is about.
      ...{ inputShape: [16, 16, 4], hidden: 2, batchSize: 16, classes: 3, depths: [4, 8] },
    } as const satisfies MemorySize;
    const { curves } = await memoryNumbers(small(1), size);
    const growth = (name: string) => {
      const { points } = curves.find((curve) => curve.name === name)!;
      return points[1]!.peak / points[0]!.peak;
    };
    for (const network of ["i-ResNet", "RevNet"]) {
      expect(growth(`${network}, everything kept`)).toBeGreaterThan(1.6);
      expect(growth(`${network}, reversible`)).toBeLessThan(1.1);
    }
    const page = memory.draw({ size, curves }).html;
    expect(page.match(/<svg/g)).toHaveLength(1);
    expect(page).not.toMatch(/NaN|undefined/);
  });
});

describe("the figure of reconstructions", () => {
  it("shows images that come back where norms are limited, and not where they are free", async () => {
    const numbers = await reconstructionsNumbers(small(150), {
      ...{ blocksPerScale: [2, 2], hiddenChannels: 8, images: 3, iterations: 60 },
    });
    const [limited, free] = numbers.networks;
    expect([limited!.coefficient, free!.coefficient]).toEqual([0.9, null]);
    expect(limited!.error!).toBeLessThan(1e-4);
    expect(free!.error === null || free!.error > 0.05).toBe(true);
    const page = reconstructions.draw(numbers).html;
    expect(page.match(/<img/g)).toHaveLength(3);
    expect(page).not.toMatch(/NaN|undefined/);
  });
});

describe("the figure of Lipschitz constants", () => {
  it("finds no stretch above what is certified, and certifies about c^3", async () => {
    const size = { blocksPerScale: [1, 1], hiddenChannels: 8, coefficient: 0.9, images: 4, points: 4 };
    const numbers = await lipschitzNumbers(small(30), size);
    expect(numbers.points.map(({ step }) => step)).toEqual([1, 8, 16, 24, 30]);
    for (const { blocks } of numbers.points) {
      expect(blocks).toHaveLength(2);
      for (const { certified, measured } of blocks) {
        expect(measured).toBeLessThanOrEqual(certified * (1 + 1e-5));
        expect(measured).toBeGreaterThan(0.02);
      }
    }
    // One power iteration lags behind the first steps, in which weights move fast. It has caught up at the end.
    for (const { certified } of numbers.points.at(-1)!.blocks) expect(certified).toBeLessThan(0.9);
    const page = lipschitz.draw(numbers).html;
    expect(page.match(/<svg/g)).toHaveLength(1);
    expect(page).not.toMatch(/NaN|undefined/);
  });
});

describe("the figure of inversion", () => {
  let numbers: InversionNumbers;
  beforeAll(async () => {
    numbers = await inversionNumbers(small(50), {
      ...{ blocksPerScale: [1, 1], hiddenChannels: 8, coefficients: [0.5, 0.7, 0.9] },
      ...{ counts: [0, 1, 2, 3, 5, 9, 16], invertedImages: 3 },
    });
  }, 60_000);
  const limited = () => numbers.networks.filter(({ coefficient }) => coefficient !== null);
  const plain = (network: InversionNumbers["networks"][number]) =>
    network.curves.find(({ method }) => method === "banach")!.points;

  it("keeps the a-priori bound L^n/(1-L) |x_1 - x_0| at every n, in every block, for every c", () => {
    expect(limited()).toHaveLength(3);
    for (const network of limited())
      for (const { shareOfBound } of plain(network)) expect(shareOfBound).toBeLessThanOrEqual(1);
    // The bound is no empty statement: some error comes within a factor of ten of it.
    for (const network of limited())
      expect(Math.max(...plain(network).map(({ shareOfBound }) => shareOfBound!))).toBeGreaterThan(0.1);
  });

  it("falls at the certified rate or faster, down to what float32 leaves", () => {
    for (const network of limited())
      for (const { iterations, blocks } of plain(network))
        // x differs from x_0 by about a tenth of its length, so that its rounding of 6e-8 is about 1e-6 of the difference.
        expect(blocks.largest).toBeLessThanOrEqual(Math.max(...network.lipschitz) ** iterations + 5e-6);
  });

  it("certifies a constant near c^3, and below 1", () => {
    for (const { coefficient, lipschitz } of limited())
      for (const each of lipschitz) {
        expect(each).toBeLessThan(1.02 * coefficient! ** 3);
        expect(each).toBeGreaterThan(0.1 * coefficient! ** 3);
      }
  });

  it("keeps the bound of the whole network, and those that either solver returns", () => {
    for (const network of limited()) {
      for (const { network: error, networkCertified } of plain(network))
        expect(error).toBeLessThanOrEqual(networkCertified!);
      for (const { points } of network.curves)
        for (const { iterations, shareOfEvidence } of points)
          if (iterations > 0) expect(shareOfEvidence).toBeLessThanOrEqual(1);
      expect(plain(network).at(-1)!.network).toBeLessThan(1e-4);
    }
  });

  it("does not recover the input of a network without a limit", () => {
    const free = plain(numbers.networks.at(-1)!);
    expect(free.at(-1)!.network).toBeGreaterThan(0.1);
  });

  it("is drawn from what JSON keeps of it", () => {
    const { html } = inversion.draw(JSON.parse(JSON.stringify(numbers)) as InversionNumbers);
    expect(html.match(/<svg/g)).toHaveLength(2);
    expect(html).toContain("c = 0.7");
    expect(html).not.toMatch(/NaN|undefined/);
  });
});

describe("the figure of bias", () => {
  let numbers: BiasNumbers;
  beforeAll(async () => {
    numbers = await biasNumbers(small(15), {
      ...{ side: 8, blocks: 2, hiddenChannels: 4, coefficients: [0.5, 0.9] },
      ...{ terms: 20, probes: [1, 10, 100], measuredImages: 4 },
    });
  }, 60_000);

  it("keeps the truncation bound in every image, at every number of terms", () => {
    expect(numbers.networks.map(({ points }) => points.length)).toEqual([20, 20]);
    for (const { points } of numbers.networks)
      for (const { bound, truncation } of points)
        // Sums of numbers of size 10 in float64.
        expect(truncation.largest).toBeLessThanOrEqual(bound + 1e-13);
  });

  it("keeps it with probes, up to their interval of 99.9 %, and the spread falls with their number", () => {
    for (const { points } of numbers.networks)
      for (const { bound, estimates } of points) {
        for (const { difference, standardError } of estimates)
          // Products with J are float32, which leaves 1e-5 of a sum of 64 numbers.
          expect(Math.abs(difference)).toBeLessThanOrEqual(bound + 3.3 * standardError + 1e-5);
        const [one, ten, hundred] = estimates.map(({ standardError }) => standardError);
        expect(one! / ten!).toBeCloseTo(Math.sqrt(10), 9);
        expect(one! / hundred!).toBeCloseTo(10, 9);
      }
  });

  it("is a bias that falls with the terms, from a size that a bound has to allow", () => {
    for (const { points } of numbers.networks) {
      expect(points[0]!.truncation.largest).toBeGreaterThan(1e-4);
      expect(points.at(-1)!.truncation.largest).toBeLessThan(1e-3 * points[0]!.truncation.largest);
    }
  });

  it("is drawn from what JSON keeps of it", () => {
    const { html } = bias.draw(JSON.parse(JSON.stringify(numbers)) as BiasNumbers);
    expect(html.match(/<svg/g)).toHaveLength(2);
    expect(html).not.toMatch(/NaN|undefined/);
  });
});

describe("exactSeries", () => {
  it("reaches the truncation bound where every eigenvalue is -L", () => {
    const [dimension, lipschitz] = [5, 0.6];
    const matrix = Float64Array.from({ length: 25 }, (_, i) => (i % 6 === 0 ? -lipschitz : 0));
    const { logDet, partialSums } = exactSeries(matrix, dimension, 4);
    expect(logDet).toBeCloseTo(5 * Math.log(0.4), 12);
    partialSums.forEach((sum, n) =>
      expect(sum - logDet).toBeCloseTo(truncationBound({ lipschitz, dimension, terms: n + 1 }), 12),
    );
  });
});

describe("the figure of estimators", () => {
  let numbers: EstimatorsNumbers;
  beforeAll(async () => {
    numbers = await estimatorsNumbers(small(10), {
      ...{ side: 4, blocks: 1, hiddenChannels: 4, coefficient: 0.9 },
      ...{ measuredImages: 3, repeats: 40 },
    });
  }, 60_000);
  const named = (family: string, label: string) =>
    numbers.estimators.find((each) => each.family === family && each.label === label)!;

  it("finds unbiased estimators right on average, and biased ones within their bound", () => {
    for (const { kind, difference, differenceError, biasBound } of numbers.estimators) {
      if (kind !== "biased") expect(biasBound).toBe(0);
      // Twelve estimators, each within 4 standard errors of 40 repeats; and float32 products.
      expect(Math.abs(difference)).toBeLessThanOrEqual(biasBound + 4 * differenceError + 1e-5);
    }
  });

  it("counts the products that each estimator is known to take", () => {
    expect(named("exact", "d").products).toBe(16);
    expect(named("power series", "5").products).toBe(5);
    // A geometric law with p = 0.5 has the mean 2 and the deviation 1.41, here of 40 draws.
    expect(Math.abs(named("geometric roulette", "10+").products - 12)).toBeLessThan(
      4 * (1.42 / Math.sqrt(40)),
    );
  });

  it("says which variances are proven: none where the law falls faster than L^2k", () => {
    const proven = (family: string, lipschitz: number) =>
      varianceIsProven(
        candidates(16).find((each) => each.family === family)!,
        [{ lipschitz, dimension: 16 }],
      );
    expect(proven("power series", 0.9)).toBe(true);
    // The limit of p is 1 - L^2: 0.47 and 0.64.
    expect(proven("geometric roulette", 0.729)).toBe(false);
    expect(proven("geometric roulette", 0.6)).toBe(true);
    expect(proven("Poisson roulette", 0.1)).toBe(false);
  });

  it("is drawn from what JSON keeps of it", () => {
    const { html } = estimators.draw(JSON.parse(JSON.stringify(numbers)) as EstimatorsNumbers);
    expect(html.match(/<svg/g)).toHaveLength(2);
    expect(html).not.toMatch(/NaN|undefined/);
  });
});

describe("the figure of exploding inverses", () => {
  let numbers: ExplosionNumbers;
  beforeAll(async () => {
    numbers = await explosionNumbers(small(5), {
      ...{ stepsPerScale: [1], width: 4, blocksPerScale: [1], hiddenChannels: 4, coefficient: 0.9 },
      inputs: 2,
    });
  }, 60_000);

  it("keeps the i-ResNet's certificates for every kind of input", () => {
    const { inputs, lipschitz } = numbers.networks.at(-1)!;
    expect(inputs).toHaveLength(7);
    for (const { errors, lost, certified, stretch } of inputs) {
      expect(lost).toBe(0);
      // Act-norms round as well. Inputs have values of up to 50.
      expect(errors.at(-1)).toBeLessThanOrEqual(certified! + 1e-5);
      expect(stretch).toBeLessThanOrEqual(lipschitz.inverse!);
    }
  });

  it("claims nothing of Glow", () => {
    for (const { name, lipschitz, inputs } of numbers.networks.slice(0, 2)) {
      expect(name).toContain("Glow");
      expect(lipschitz.inverse).toBeNull();
      for (const { certified } of inputs) expect(certified).toBeNull();
    }
  });

  it("sees an inverse that magnifies rounding, and one that is no longer finite", async () => {
    const values = Float32Array.of(0.25, -0.5);
    const kinds = [{ name: "points", values }];
    const { signal } = new AbortController();
    // y = 1 + 1e-12 x is 1 in float32, so all that comes back is 0.
    const flat = chain([affine({ inputShape: [2], scale: 1e-12 }), affine({ inputShape: [2], shift: 1 })]);
    const { inputs } = await measureExplosion(flat, kinds, random, signal);
    expect(inputs[0]!.errors[0]).toBeCloseTo(Math.sqrt((0.25 ** 2 + 0.5 ** 2) / 2), 6);
    expect(inputs[0]!.stretch! / 1e12).toBeCloseTo(1, 2);
    const huge = affine({ inputShape: [2], scale: 1e38, shift: 0 });
    const lost = await measureExplosion(chain([huge, huge]), kinds, random, signal);
    expect(lost.inputs[0]).toMatchObject({ errors: [], lost: 1, stretch: null });
  });

  it("is drawn from what JSON keeps of it", () => {
    const { html } = explodingInverse.draw(JSON.parse(JSON.stringify(numbers)) as ExplosionNumbers);
    expect(html.match(/<svg/g)).toHaveLength(1);
    expect(html).not.toMatch(/NaN|undefined/);
  });
});

describe("the figures of samples and of interpolation", () => {
  const tiny = { name: "small", parameters: 1500 } as const;

  it("draws nearly the same image from all latents when it is cold, and different ones at temperature 1", async () => {
    const numbers = await samplesNumbers(small(2), [1e-3, 1], 2, tiny);
    expect(numbers.models.map(({ title }) => title)).toEqual(["Glow", "i-ResNet"]);
    for (const { pictures } of numbers.models) {
      const bytes = decodeBytes(pictures.pixels);
      expect(bytes).toHaveLength(4 * 64);
      const apart = (one: number, other: number) =>
        distances(
          bytes.subarray(one * 64, (one + 1) * 64),
          bytes.subarray(other * 64, (other + 1) * 64),
          1,
        )[0]!;
      expect(apart(0, 1)).toBeLessThan(0.1 * apart(2, 3));
    }
    expect(samples.draw(numbers).html.match(/<img/g)).toHaveLength(2);
  });

  it("begins and ends each row with the held-out images", async () => {
    const numbers = await interpolationNumbers(small(2), 2, 3, tiny);
    for (const { pictures, wrongPixels } of numbers.models) {
      expect(decodeBytes(pictures.pixels)).toHaveLength(2 * 3 * 64);
      // Noise next to the edge of a level makes a few pixels come back as their neighbours.
      expect(wrongPixels).toBeLessThan(0.05);
    }
    expect(interpolation.draw(numbers).html.match(/<img/g)).toHaveLength(2);
  });
});

describe("runStudy", () => {
  it("writes the numbers and the page, with the command that repeats them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "figure-"));
    try {
      const study = defineStudy({
        measure: async ({ random, steps }) => ({ drawn: [...random.uniformArray(2)], steps, none: NaN }),
        draw: ({ drawn, none }) => html`<p>${drawn.join(" ")} & ${String(none)}</p>`,
      });
      const entry = { name: "draws", title: "Two <draws>", summary: "", source: "nobody (2000)" };
      const write = async (out: string) => {
        const options = { out: join(folder, out), seed: 7, steps: 3, backend: "wasm" } as const;
        const { signal } = new AbortController();
        const all = { ...entry, load: async () => study };
        const files = await runStudy(all, options, "eager", () => {}, signal);
        const record = JSON.parse(readFileSync(files.numbers, "utf8")) as StudyRecord;
        return { record, page: readFileSync(files.page, "utf8") };
      };
      const { record, page } = await write("a");
      expect(record).toMatchObject({ format: "invertible-benchmark-figure/1", name: "draws", seed: 7 });
      const command = "npm run bench -- figure draws --seed 7 --backend wasm --engine eager --steps 3";
      expect(record.command.join(" ")).toBe(command);
      for (const part of record.command) expect(page).toContain(part);
      expect(page).toContain("Two &lt;draws&gt;");
      // What is drawn is what JSON keeps, so other programs can draw the same.
      expect(page).toContain("& null");
      expect(readdirSync(join(folder, "a")).sort()).toEqual(["figure.html", "figure.json"]);
      expect((await write("b")).record.numbers).toEqual(record.numbers);
      await expect(write("a/figure.json/c")).rejects.toThrow("--out: expected a folder that can be made");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
