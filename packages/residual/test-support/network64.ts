import type { ContractiveBranch } from "../src/index.ts";
import { sigma64 } from "./sigma64.ts";

const activations64: Readonly<Record<string, (x: number) => number>> = {
  identity: (x) => x,
  relu: (x) => Math.max(0, x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  sin: Math.sin,
  tanh: Math.tanh,
};

type Vector = ArrayLike<number>;
type Layer64 = (h: Vector) => number[];

/**
 * A dense or bottleneck branch as a float64 function of one example and its condition: the stored weights, divided down to their
 * caps in float64.
 */
export async function network64(
  branch: ContractiveBranch,
): Promise<(x: Vector, condition?: Vector) => number[]> {
  const { config, parameters, inputShape } = branch;
  const phi = activations64[config["activation"] as string]!;
  const layers: ((h: Vector, condition: Vector) => number[])[] = [];
  for (let i = 0; parameters[`${i}.weight`] !== undefined; i++) {
    const weight = parameters[`${i}.weight`]!;
    const values = Float64Array.from(await weight.data());
    const sigma = await sigma64(branch, i);
    const scaled = values.map((value) => value / Math.max(1, sigma / (config["coefficient"] as number)));
    const apply =
      weight.rank === 2 ? dense64(scaled, weight.shape) : conv64(scaled, weight.shape, inputShape);
    const bias = await parameters[`${i}.bias`]!.data();
    const ofCondition = await parameters[`${i}.conditionWeight`]?.data();
    layers.push((h, condition) => {
      const activated = i > 0 || config["preactivation"] === true ? Array.from(h, phi) : h;
      const shift = Array.from(bias, (b, c) =>
        Array.from(condition).reduce(
          (total, value, k) => total + value * ofCondition![k * bias.length + c]!,
          b,
        ),
      );
      return apply(activated).map((value, at) => value + shift[at % bias.length]!);
    });
  }
  return (x, condition = []) => layers.reduce<Vector>((h, layer) => layer(h, condition), x) as number[];
}

function dense64(weight: Float64Array, [inputs, outputs]: readonly number[]): Layer64 {
  return (h) => {
    const result = new Array<number>(outputs!).fill(0);
    for (let r = 0; r < inputs!; r++)
      for (let c = 0; c < outputs!; c++) result[c]! += h[r]! * weight[r * outputs! + c]!;
    return result;
  };
}

/** Zero-padded, stride 1, kernels of odd size. */
function conv64(kernel: Float64Array, shape: readonly number[], image: readonly number[]): Layer64 {
  const [kernelHeight, kernelWidth, inputs, outputs] = shape as [number, number, number, number];
  const [height, width] = image as [number, number];
  return (h) => {
    const result = new Array<number>(height * width * outputs).fill(0);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let ky = 0; ky < kernelHeight; ky++)
          for (let kx = 0; kx < kernelWidth; kx++) {
            const [row, column] = [y + ky - (kernelHeight - 1) / 2, x + kx - (kernelWidth - 1) / 2];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            for (let c = 0; c < inputs; c++)
              for (let o = 0; o < outputs; o++)
                result[(y * width + x) * outputs + o]! +=
                  h[(row * width + column) * inputs + c]! *
                  kernel[((ky * kernelWidth + kx) * inputs + c) * outputs + o]!;
          }
    return result;
  };
}
