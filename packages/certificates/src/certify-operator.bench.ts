import { conv2d, createRandom, dense, depthwiseConv2d } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { bench, describe } from "vitest";
import { readWeights } from "../test-support/read-weights.ts";
import { certifyOperator } from "./certify-operator.ts";

await startBackend("wasm");
const random = createRandom(1);

describe("certifyOperator, 2 -> 2", async () => {
  for (const size of [64, 512]) {
    const operator = await readWeights(dense(random.fold(size).normal([size, size])));
    bench(`dense ${size} x ${size}`, () => void certifyOperator(operator));
  }
  const depthwise = await readWeights(
    depthwiseConv2d(random.normal([3, 3, 64]), { inputShape: [28, 28, 64] }),
  );
  bench("3 x 3, each of 64 channels on 28 x 28", () => void certifyOperator(depthwise));
  for (const [size, inputs, outputs, kernelSize, stride] of [
    [28, 1, 64, 3, 1],
    [28, 64, 64, 3, 2],
    [14, 64, 64, 3, 1],
    [7, 64, 64, 3, 1],
    [4, 64, 64, 3, 1],
    [28, 64, 64, 3, 1],
  ] as const) {
    const kernel = random.fold("kernel").normal([kernelSize, kernelSize, inputs, outputs]);
    const operator = await readWeights(conv2d(kernel, { inputShape: [size, size, inputs], stride }));
    bench(
      `${kernelSize} x ${kernelSize}, ${inputs} -> ${outputs} on ${size} x ${size}, stride ${stride}`,
      () => void certifyOperator(operator),
      { iterations: 3, time: 0, warmupIterations: 1, warmupTime: 0 },
    );
  }
});
