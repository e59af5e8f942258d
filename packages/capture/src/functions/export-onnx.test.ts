import { chain, invert } from "@invertible/bijection";
import { ArgumentError, NonFiniteError, UnsupportedError } from "@invertible/errors";
import { createFlow, disposeFlow, flowArchitecture, standardNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { createRandom, dispose, fill, keep, memory, tensor, tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { flows, movedFlow, relativeError } from "../../test-support/flows.ts";
import type { FlowCase } from "../../test-support/flows.ts";
import { openOnnxruntimeWeb } from "../../test-support/onnxruntime-web.ts";
import { readMetadata } from "../../test-support/read-metadata.ts";
import { exportOnnx } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(23);

/** A key that draws what a file wants as its noise inputs, and remembers it in the order of the draws. */
function noiseOf(key: Random, drawn: Tensor[]): Random {
  const note = (draw: Tensor) => (drawn.push(keep(draw.clone())), draw);
  return {
    ...key,
    fold: (data) => noiseOf(key.fold(data), drawn),
    split: (count) => key.split(count).map((part) => noiseOf(part, drawn)),
    normal: (shape) => note(key.normal(shape)),
    uniform: (shape, low, high) => note(key.uniform(shape, low, high)),
    rademacher: (shape) => note(key.rademacher(shape)),
  };
}

describe("exportOnnx", () => {
  it.each(Object.entries(flows))(
    "gives the numbers of the flow in another runtime: %s",
    async (_, flowCase) => {
      const before = memory().numTensors;
      const flow = await movedFlow(flowCase);
      const { draw, conditionFeatures } = flowCase;
      const options = conditionFeatures === undefined ? {} : { conditionFeatures };
      const files = {
        logProb: await exportOnnx(flow, "logProb", options),
        latent: await exportOnnx(flow, "latent", options),
        inverse: await exportOnnx(flow, "inverse", options),
      };
      for (const [what, file] of Object.entries(files)) {
        expect(Buffer.from(file).includes("com.microsoft")).toBe(false);
        const model = await openOnnxruntimeWeb(file);
        for (const batch of [1, 3, 8]) {
          const key = random.fold(batch);
          const x = draw(batch, key);
          const condition = conditionFeatures && key.fold("c").normal([batch, conditionFeatures]);
          const drawn: Tensor[] = [];
          const call = { random: noiseOf(key, drawn), ...(condition && { condition }) };
          const z = flow.bijection.forward(x, { ...call, random: key });
          const given = what === "inverse" ? z : x;
          const expected = tidy(() =>
            what === "logProb"
              ? flow.logProb(x, call)
              : what === "latent"
                ? flow.bijection.forward(x, call)
                : flow.bijection.inverse(z, call),
          );
          const noise = Object.fromEntries(
            drawn
              .map((each, i) => [`noise.${i}`, each] as const)
              .filter(([name]) => model.inputNames.includes(name)),
          );
          const received = await model.run({
            [what === "inverse" ? "z" : "x"]: given,
            ...(condition && { condition }),
            ...noise,
          });
          expect(await relativeError(received, expected), `${what} of ${batch}`).toBeLessThan(1e-5);
          dispose([x, z, received, expected, ...drawn]);
          if (condition) dispose(condition);
        }
        await model.release();
      }
      disposeFlow(flow);
      expect(memory().numTensors).toBe(before);
    },
  );
});
