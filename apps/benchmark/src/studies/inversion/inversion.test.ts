import { eager } from "@invertible/trainer";
import { glyphs } from "@invertible/datasets";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { crops } from "../data/load-images.ts";
import type { StudyContext } from "../study.ts";
import { inversion, inversionNumbers } from "./inversion.ts";
import type { InversionNumbers } from "./inversion.ts";

const random = createRandom(5);

function small(): StudyContext {
  const images = (count: number, seed: number) => crops(glyphs({ count, seed }), 12, random.fold(seed));
  return {
    ...{ images: { title: "small digits", train: images(200, 1), test: images(20, 2) }, steps: 40 },
    ...{ random, engine: eager(), signal: new AbortController().signal, say: () => {} },
  };
}

describe("the figure of inversion", () => {
  let numbers: InversionNumbers;
  beforeAll(async () => {
    await startBackend("wasm");
    numbers = await inversionNumbers(small(), {
      ...{ blocksPerScale: [1, 1], hiddenChannels: 8, coefficients: [0.5, 0.7, 0.9] },
      ...{ counts: [0, 1, 2, 3, 5, 8, 12, 20], invertedImages: 4 },
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
      for (const { blocks, certified } of plain(network))
        // Values of size 1 differ from x_0 by about 0.1, so their rounding of 6e-8 is about 1e-6 of it.
        expect(blocks.largest).toBeLessThanOrEqual(Math.max(...network.lipschitz, 0) < 1 ? certified! * 1.01 + 5e-6 : 0);
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
