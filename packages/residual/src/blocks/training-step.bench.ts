import { refresh } from "@invertible/bijection";
import type { Call } from "@invertible/bijection";
import { exactLogDet, powerSeries } from "@invertible/log-det";
import { addN, createRandom, dispose, square, sum, tidy, valueAndGradients } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { bench, describe } from "vitest";
import { bottleneckBranch, denseBranch, residualBlock } from "../index.ts";

await startBackend("wasm");
const random = createRandom(3);
const training: Call = { random, training: true };
const slow = { iterations: 3, warmupIterations: 1, time: 0, warmupTime: 0 };

type Block = ReturnType<typeof residualBlock>;

/** Blocks in stacks, each stack on an input of its own; what training differentiates. */
function stacks(blocks: readonly (readonly Block[])[], batch: number) {
  const inputs = blocks.map(([first]) => random.normal([batch, ...first!.inputShape]));
  const variables = blocks.flat().flatMap((block) => Object.values(block.parameters));
  const loss = (kind: "with log-det" | "value") =>
    tidy(() => {
      const parts: Tensor[] = [];
      blocks.forEach((stack, i) => {
        let h = inputs[i]!;
        for (const block of stack) {
          if (kind === "value") h = block.forward(h, training);
          else {
            const result = block.forwardAndLogDet(h, training);
            h = result.y;
            parts.push(sum(result.logDet));
          }
        }
        parts.push(sum(square(h)));
      });
      return addN(parts);
    });
  return {
    value: () => dispose(loss("value")),
    valueAndLogDet: () => dispose(loss("with log-det")),
    step() {
      const { value, gradients } = valueAndGradients(() => loss("with log-det"), variables);
      dispose([value, ...gradients]);
    },
    async refresh() {
      for (const block of blocks.flat()) await refresh(block, { iterations: 1 });
    },
  };
}

describe("28x28 images: 3 scales x 4 blocks x 64 channels, elu, 5 terms, batch 64", () => {
  const build = (gradient: "neumann" | "series", batch: number) =>
    stacks(
      [
        [28, 28, 1],
        [14, 14, 4],
        [7, 7, 16],
      ].map((inputShape) =>
        Array.from({ length: 4 }, (_, i) =>
          residualBlock({
            branch: bottleneckBranch({
              inputShape,
              hidden: 64,
              activation: "elu",
              coefficient: 0.9,
              preactivation: i > 0,
              random: random.fold(i),
            }),
            logDet: powerSeries({ terms: 5, gradient }),
          }),
        ),
      ),
      batch,
    );
  // Differentiating every term at batch 64 would need more than the 4 GB that wasm can address.
  const [neumann, small, series] = [build("neumann", 64), build("neumann", 16), build("series", 16)];
  bench("value", neumann.value, slow);
  bench("value and series", neumann.valueAndLogDet, slow);
  bench("training step, neumann", neumann.step, slow);
  bench("training step, neumann, batch 16", small.step, slow);
  bench("training step, every term differentiated, batch 16", series.step, slow);
  bench("refresh, one iteration", neumann.refresh, slow);
});

describe("2-D: 10 blocks of 64-64-64, elu, exact log-det, batch 512", () => {
  const model = stacks(
    [
      Array.from({ length: 10 }, (_, i) =>
        residualBlock({
          branch: denseBranch({
            features: 2,
            hidden: [64, 64, 64],
            activation: "elu",
            coefficient: 0.9,
            preactivation: i > 0,
            random: random.fold(i),
          }),
          logDet: exactLogDet(),
        }),
      ),
    ],
    512,
  );
  bench("value", model.value);
  bench("value and log-det", model.valueAndLogDet);
  bench("training step", model.step);
  bench("refresh, one iteration", model.refresh);
});
