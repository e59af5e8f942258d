import { createRandom, tensor } from "@invertible/ops";
import type { Random, Variable } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { convConditioner, zeroConvConditioner } from "../index.ts";
import type { Conditioner } from "../index.ts";

beforeAll(async () => {
  await startBackend("wasm");
});

const random = createRandom(3);

function disturb({ parameters }: Conditioner, key: Random): void {
  for (const [name, value] of Object.entries(parameters)) {
    const noise = key.fold(name).normalArray(value.size);
    value.assign(
      tensor(
        noise.map((v) => 0.3 * v),
        value.shape,
      ),
    );
  }
}

type Image = readonly (readonly (readonly number[])[])[];

/** Glow's convolution as in the published code: pad, append the indicator of the padding, convolve. */
async function reference(
  image: Image,
  parameters: Readonly<Record<string, Variable>>,
  piece: number,
): Promise<number[][][]> {
  const values = async (name: string) => [...(await parameters[`${piece}.${name}`]!.data())];
  const [size, , inputs, outputs] = parameters[`${piece}.kernel`]!.shape as [number, number, number, number];
  const [kernel, bias, logScale] = [await values("kernel"), await values("bias"), await values("logScale")];
  const edge = size === 3 ? await values("edgeKernel") : [];
  const reach = (size - 1) / 2;
  return image.map((row, y) =>
    row.map((_, x) =>
      Array.from({ length: outputs }, (_, o) => {
        let sum = bias[o]!;
        for (let dy = 0; dy < size; dy++)
          for (let dx = 0; dx < size; dx++) {
            const pixel = image[y + dy - reach]?.[x + dx - reach];
            const tap = dy * size + dx;
            if (pixel === undefined) sum += edge[tap * outputs + o]!;
            else
              for (let c = 0; c < inputs; c++) sum += pixel[c]! * kernel[(tap * inputs + c) * outputs + o]!;
          }
        return sum * Math.exp(3 * logScale[o]!);
      }),
    ),
  );
}

const relu = (image: number[][][]) =>
  image.map((row) => row.map((pixel) => pixel.map((v) => Math.max(v, 0))));

describe("convConditioner", () => {
  const shapes = { inputShape: [4, 5, 2], outputShape: [4, 5, 3] };

  it("equals the published network computed by plain loops in float64", async () => {
    const network = convConditioner({ width: 6, random })(shapes);
    disturb(network, random);
    const x = random.normal([2, 4, 5, 2]);
    const got = [...(await network.value(x).data())];
    const images = (await x.array()) as number[][][][];
    const want: number[] = [];
    for (const image of images) {
      const hidden = relu(
        await reference(relu(await reference(image, network.parameters, 0)), network.parameters, 1),
      );
      want.push(
        ...(((await reference(hidden, network.parameters, 2)) as unknown[]).flat(Infinity) as number[]),
      );
    }
    expect(got.length).toBe(want.length);
    want.forEach((v, i) => expect(Math.abs(got[i]! - v)).toBeLessThan(1e-5 * Math.max(1, Math.abs(v))));
  });

  it("starts at zero, with hidden kernels of standard deviation 0.05", async () => {
    const network = convConditioner({ width: 64, random })(shapes);
    expect(
      (
        await network
          .value(random.normal([2, 4, 5, 2]))
          .abs()
          .max()
          .data()
      )[0],
    ).toBe(0);
    const kernel = await network.parameters["1.kernel"]!.data<"float32">();
    const deviation = Math.sqrt(kernel.reduce((sum, v) => sum + v * v, 0) / kernel.length);
    expect(Math.abs(deviation / 0.05 - 1)).toBeLessThan(5 / Math.sqrt(2 * kernel.length));
  });

  it("gives hidden channels mean 0 and variance 1 on the batch it starts from", async () => {
    const network = convConditioner({ width: 6, random })(shapes);
    const x = random.normal([40, 4, 5, 2]).mul(2).add(1);
    network.initialise!(x);
    const first: number[][] = [];
    const second: number[][] = [];
    for (const image of (await x.array()) as number[][][][]) {
      const hidden = await reference(image, network.parameters, 0);
      first.push(...hidden.flat());
      second.push(...(await reference(relu(hidden), network.parameters, 1)).flat());
    }
    for (const pixels of [first, second])
      for (let channel = 0; channel < 6; channel++) {
        const values = pixels.map((pixel) => pixel[channel]!);
        const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
        const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
        expect(Math.abs(mean)).toBeLessThan(1e-4);
        expect(Math.abs(variance - 1)).toBeLessThan(1e-3);
      }
  });

  it("does not blow up a hidden channel that does not vary", async () => {
    const network = convConditioner({ width: 3, random })({ inputShape: [1, 1, 2], outputShape: [1, 1, 2] });
    network.initialise!(tensor([[[[1, 2]]], [[[1, 2]]]]));
    // ln(1000) / 3, because the spread is taken to be 1e-3.
    for (const v of await network.parameters["0.logScale"]!.data())
      expect(v).toBeCloseTo(Math.log(1000) / 3, 5);
  });
});

describe("zeroConvConditioner", () => {
  it("equals one of the published convolutions", async () => {
    const network = zeroConvConditioner()({ inputShape: [3, 3, 2], outputShape: [3, 3, 4] });
    const x = random.normal([1, 3, 3, 2]);
    expect((await network.value(x).abs().max().data())[0]).toBe(0);
    disturb(network, random);
    const got = await network.value(x).data();
    const want = (await reference(
      ((await x.array()) as number[][][][])[0]!,
      network.parameters,
      0,
    )) as unknown[];
    (want.flat(Infinity) as number[]).forEach((v, i) =>
      expect(Math.abs(got[i]! - v)).toBeLessThan(1e-5 * Math.max(1, Math.abs(v))),
    );
  });
});
