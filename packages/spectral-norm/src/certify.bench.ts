import { conv2d, createRandom, dense, depthwiseConv2d } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { bench, describe } from "vitest";
import { certify } from "./certify.ts";

await startBackend("wasm");
const random = createRandom(1);

describe("certify, 2 -> 2", () => {
  for (const size of [64, 512]) {
    const operator = dense(random.fold(size).normal([size, size]));
    bench(`dense ${size} x ${size}`, () => certify(operator).then(() => undefined));
  }
  const depthwise = depthwiseConv2d(random.normal([3, 3, 64]), { inputShape: [28, 28, 64] });
  bench("3 x 3, each of 64 channels on 28 x 28", () => certify(depthwise).then(() => undefined));
  for (const [size, inputs, outputs, kernelSize, stride] of [
    [28, 1, 64, 3, 1],
    [28, 64, 64, 3, 2],
    [14, 64, 64, 3, 1],
    [7, 64, 64, 3, 1],
    [4, 64, 64, 3, 1],
    [28, 64, 64, 3, 1],
  ] as const) {
    const kernel = random.fold("kernel").normal([kernelSize, kernelSize, inputs, outputs]);
    const operator = conv2d(kernel, { inputShape: [size, size, inputs], stride });
    bench(
      `${kernelSize} x ${kernelSize}, ${inputs} -> ${outputs} on ${size} x ${size}, stride ${stride}`,
      () => certify(operator).then(() => undefined),
      { iterations: 3, time: 0, warmupIterations: 1, warmupTime: 0 },
    );
  }
});
